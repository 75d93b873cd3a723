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

fn numbers(places: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(at(places.x), at(places.y), at(places.z), at(places.w));
}

fn put(places: vec4<u32>, words: vec4<u32>) {
    memory[places.x] = words.x;
    memory[places.y] = words.y;
    memory[places.z] = words.z;
    memory[places.w] = words.w;
}

// A tile, in blocks of four rows and columns where that is worth it. Rows and columns beyond the last are the last once more. Gives the
// fuel that it takes.
fn tile(w: vec4<u32>, z: u32) -> u32 {
    let sizes = program[base + s[STATE_PC]];
    let steps = program[base + s[STATE_PC] + 1u];
    s[STATE_PC] += 2u;
    let formula = w.x & 127u;
    let negated = (w.x & NEGATED) << 24u;
    let begins = (w.x >> 21u) & 3u;
    let rows = sizes.x & 0xffffu;
    let columns = sizes.x >> 16u;
    let terms = sizes.y;
    let out = place(origin((w.x >> 18u) & 7u) + w.y);
    let x_space = (w.x >> 12u) & 7u;
    let x = place(origin(x_space) + w.z);
    let y = place(origin((w.x >> 15u) & 7u) + w.w);
    let out_row = by(steps.x);
    let out_column = by(steps.x >> 16u);
    let x_row = by(steps.y);
    let x_term = by(steps.y >> 16u);
    let y_column = by(steps.z);
    let y_term = by(steps.z >> 16u);
    let begin = bitcast<f32>(select(0u, 0x80000000u, begins == BEGINS_NOTHING) ^ z);
    if formula < HOT {
        for (var i = 0u; i < rows; i += 4u) {
            let down = min(vec4<u32>(i, i + 1u, i + 2u, i + 3u), vec4<u32>(rows - 1u));
            for (var j = 0u; j < columns; j += 4u) {
                let right = min(vec4<u32>(j, j + 1u, j + 2u, j + 3u), vec4<u32>(columns - 1u));
                let to = out + right * out_column;
                var sum_0 = vec4<f32>(begin);
                var sum_1 = sum_0;
                var sum_2 = sum_0;
                var sum_3 = sum_0;
                if begins == BEGINS_KEPT {
                    for (var r = 0u; r < min(rows - i, 4u); r += 1u) {
                        let sum = numbers(to + (i + r) * out_row);
                        sum_0 = select(sum_0, sum, r == 0u);
                        sum_1 = select(sum_1, sum, r == 1u);
                        sum_2 = select(sum_2, sum, r == 2u);
                        sum_3 = sum;
                    }
                }
                var xs = x + down * x_row;
                var ys = y + right * y_column;
                for (var k = 0u; k < terms; k += 1u) {
                    // The numbers of a negated formula are those of the other with x negated.
                    let first = bitcast<vec4<f32>>(bitcast<vec4<u32>>(numbers(xs)) ^ vec4<u32>(negated));
                    let second = numbers(ys);
                    switch formula {
                        //@ hot formulas
                        default: {}
                    }
                    xs += x_term;
                    ys += y_term;
                }
                for (var r = 0u; r < min(rows - i, 4u); r += 1u) {
                    let low = select(sum_0, sum_1, r == 1u);
                    let sum = select(low, select(sum_2, sum_3, r == 3u), r >= 2u);
                    put(to + (i + r) * out_row, bitcast<vec4<u32>>(sum));
                }
            }
        }
    } else if formula == COPIED && x_space != SPACE_CONSTANT {
        for (var i = 0u; i < rows; i += 4u) {
            let down = min(vec4<u32>(i, i + 1u, i + 2u, i + 3u), vec4<u32>(rows - 1u));
            put(out + down * out_row, bitcast<vec4<u32>>(numbers(x + down * x_row)));
        }
    } else {
        for (var i = 0u; i < rows; i += 1u) {
            let to = out + i * out_row;
            var sum = begin;
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
                var second = 0.0f;
                if ((READ_Y >> formula) & 1u) != 0u {
                    second = at(y + k * y_term);
                }
                switch formula {
                    //@ plain formulas
                    default: {}
                }
            }
            memory[to] = bitcast<u32>(sum);
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
