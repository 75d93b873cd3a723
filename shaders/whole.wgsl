// The steps of whole operations (src/op/linear/steps.rs says what they are). Part of shaders/replay.wgsl, for programs that have any.

// A signed step of 16 bits, modulo 2³².
fn signed(step: u32) -> u32 {
    return bitcast<u32>(bitcast<i32>(step << 16u) >> 16u);
}

// The same in words of memory.
fn by(step: u32) -> u32 {
    return signed(step) * lanes;
}

fn at(place: u32) -> f32 {
    return bitcast<f32>(memory[place]);
}

// A tile, in blocks of four rows and columns where that is worth it. Rows and columns beyond the last are the last once more. Gives the
// fuel that it takes.
fn tile(w: vec4<u32>, z: u32) -> u32 {
    let sizes = program[base + s[STATE_PC]];
    let steps = program[base + s[STATE_PC] + 1u];
    s[STATE_PC] += 2u;
    let formula = w.x & 255u;
    let begins = (w.x >> 21u) & 3u;
    let rows = sizes.x & 0xffffu;
    let columns = sizes.x >> 16u;
    let terms = sizes.y;
    let out = place(origin((w.x >> 18u) & 7u) + w.y);
    let x_space = (w.x >> 12u) & 7u;
    let x = place(origin(x_space) + w.z);
    let y = place(origin((w.x >> 15u) & 7u) + w.w);
    let third = place(origin((w.x >> 23u) & 7u) + sizes.z);
    let out_row = by(steps.x);
    let out_column = by(steps.x >> 16u);
    let x_row = by(steps.y);
    let x_term = by(steps.y >> 16u);
    let y_column = by(steps.z);
    let y_term = by(steps.z >> 16u);
    let third_term = by(steps.w >> 16u);
    if formula >= HOT {
        for (var i = 0u; i < rows; i += 1u) {
            for (var j = 0u; j < columns; j += 1u) {
                let to = out + i * out_row + j * out_column;
                var sum = bitcast<f32>(select(0u, 0x80000000u, begins == BEGINS_NOTHING) ^ z);
                if begins == BEGINS_KEPT {
                    sum = at(to);
                }
                for (var k = 0u; k < terms; k += 1u) {
                    var first = 0.0f;
                    if x_space == SPACE_CONSTANT {
                        first = operand(x_space, w.z + i * signed(steps.y));
                    } else {
                        first = at(x + i * x_row + k * x_term);
                    }
                    switch formula {
                        //@ plain formulas
                        default: {}
                    }
                }
                memory[to] = bitcast<u32>(sum);
            }
        }
    } else {
        for (var i = 0u; i < rows; i += 4u) {
            let down = min(vec4<u32>(i, i + 1u, i + 2u, i + 3u), vec4<u32>(rows - 1u));
            for (var j = 0u; j < columns; j += 4u) {
                let right = min(vec4<u32>(j, j + 1u, j + 2u, j + 3u), vec4<u32>(columns - 1u));
                let to_0 = out + down.x * out_row + right * out_column;
                let to_1 = out + down.y * out_row + right * out_column;
                let to_2 = out + down.z * out_row + right * out_column;
                let to_3 = out + down.w * out_row + right * out_column;
                let begin = bitcast<f32>(select(0u, 0x80000000u, begins == BEGINS_NOTHING) ^ z);
                var sum_0 = vec4<f32>(begin);
                var sum_1 = sum_0;
                var sum_2 = sum_0;
                var sum_3 = sum_0;
                if begins == BEGINS_KEPT {
                    sum_0 = vec4<f32>(at(to_0.x), at(to_0.y), at(to_0.z), at(to_0.w));
                    sum_1 = vec4<f32>(at(to_1.x), at(to_1.y), at(to_1.z), at(to_1.w));
                    sum_2 = vec4<f32>(at(to_2.x), at(to_2.y), at(to_2.z), at(to_2.w));
                    sum_3 = vec4<f32>(at(to_3.x), at(to_3.y), at(to_3.z), at(to_3.w));
                }
                var xs = x + down * x_row;
                var ys = y + right * y_column;
                for (var k = 0u; k < terms; k += 1u) {
                    let first = vec4<f32>(at(xs.x), at(xs.y), at(xs.z), at(xs.w));
                    let second = vec4<f32>(at(ys.x), at(ys.y), at(ys.z), at(ys.w));
                    switch formula {
                        //@ hot formulas
                        default: {}
                    }
                    xs += x_term;
                    ys += y_term;
                }
                memory[to_0.x] = bitcast<u32>(sum_0.x);
                memory[to_0.y] = bitcast<u32>(sum_0.y);
                memory[to_0.z] = bitcast<u32>(sum_0.z);
                memory[to_0.w] = bitcast<u32>(sum_0.w);
                memory[to_1.x] = bitcast<u32>(sum_1.x);
                memory[to_1.y] = bitcast<u32>(sum_1.y);
                memory[to_1.z] = bitcast<u32>(sum_1.z);
                memory[to_1.w] = bitcast<u32>(sum_1.w);
                memory[to_2.x] = bitcast<u32>(sum_2.x);
                memory[to_2.y] = bitcast<u32>(sum_2.y);
                memory[to_2.z] = bitcast<u32>(sum_2.z);
                memory[to_2.w] = bitcast<u32>(sum_2.w);
                memory[to_3.x] = bitcast<u32>(sum_3.x);
                memory[to_3.y] = bitcast<u32>(sum_3.y);
                memory[to_3.z] = bitcast<u32>(sum_3.z);
                memory[to_3.w] = bitcast<u32>(sum_3.w);
            }
        }
    }
    return rows * columns * max(terms, 1u) / 8u;
}

// The row of the largest size in column k, from the k-th on; and whether it is another.
fn pivot(w: vec4<u32>, z: u32) {
    let k = w.z & 0xffffu;
    let n = w.z >> 16u;
    var best = k;
    var largest = 0.0f;
    for (var i = k; i < n; i += 1u) {
        let size = op_abs(at(place(p.locals + w.y + i * n + k)), z);
        if i == k || op_less(largest, size, z) {
            best = i;
            largest = size;
        }
    }
    memory[place(p.locals + (w.w & 0xffffu) + k)] = bitcast<u32>(select(-1.0f, 1.0f, best == k));
    memory[place(p.locals + (w.w >> 16u) + k)] = best;
}

// Row or column k changes places with that of the k-th pivot.
fn swap(w: vec4<u32>) {
    let k = w.z & 0xffffu;
    let other = memory[place(p.locals + (w.y >> 16u) + k)];
    let outer = (w.w & 0xffffu) * lanes;
    let inner = (w.w >> 16u) * lanes;
    let first = place(p.locals + (w.y & 0xffffu));
    if other != k {
        for (var i = 0u; i < (w.z >> 16u); i += 1u) {
            let one = first + k * outer + i * inner;
            let two = first + other * outer + i * inner;
            let kept = memory[one];
            memory[one] = memory[two];
            memory[two] = kept;
        }
    }
}
