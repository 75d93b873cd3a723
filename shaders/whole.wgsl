// The steps of whole operations (src/op/linear/steps.rs says what they are), for a kernel that says where numbers lie: `word_at` and `put_word`
// read and write a place, `place_of` is that of a space's row, `local` that of a row of the locals, `by` how many places a step of rows is,
// `is_moved` tells whether rows of a space can be moved to others, and `next_row` gives the code's next row.
//
// Loops here test at their end and begin behind an `if`: a software adapter runs the body of a loop once more than it has rounds, and passes
// over an `if` that is false in all the lanes that it runs at once.

// A signed step of 16 bits, modulo 2³².
fn signed(step: u32) -> u32 {
    return bitcast<u32>(bitcast<i32>(step << 16u) >> 16u);
}

fn at(place: u32) -> f32 {
    return bitcast<f32>(word_at(place));
}

fn numbers(places: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(at(places.x), at(places.y), at(places.z), at(places.w));
}

fn put(places: vec4<u32>, words: vec4<u32>) {
    put_word(places.x, words.x);
    put_word(places.y, words.y);
    put_word(places.z, words.z);
    put_word(places.w, words.w);
}

// Four numbers from the i-th on; beyond the last it is the last once more.
fn four(i: u32, count: u32) -> vec4<u32> {
    return min(vec4<u32>(i, i + 1u, i + 2u, i + 3u), vec4<u32>(count - 1u));
}

// Rows to move, if any: where from, where to, and the steps from one to the next.
struct Moved {
    rows: u32,
    source: u32,
    source_step: u32,
    to: u32,
    to_step: u32,
}

fn move_rows(t: Moved) {
    var i = 0u;
    loop {
        let down = four(i, t.rows);
        put(t.to + down * t.to_step, bitcast<vec4<u32>>(numbers(t.source + down * t.source_step)));
        i += 4u;
        continuing {
            break if i >= t.rows;
        }
    }
}

// Sums of products, in squares of four rows and columns.
struct Products {
    rows: u32,
    columns: u32,
    terms: u32,
    begins: u32,
    begin: f32,
    negated: u32,
    of_x: bool,
    of_y: bool,
    out: u32,
    out_row: u32,
    out_column: u32,
    x: u32,
    x_row: u32,
    x_term: u32,
    y: u32,
    y_column: u32,
    y_term: u32,
}

fn squares(t: Products, z: u32) {
    var i = 0u;
    loop {
        let down = four(i, t.rows);
        let last = min(t.rows - i, 4u) - 1u;
        var j = 0u;
        loop {
            let right = four(j, t.columns);
            let to = t.out + right * t.out_column + i * t.out_row;
            var sum_0 = vec4<f32>(t.begin);
            var sum_1 = sum_0;
            var sum_2 = sum_0;
            var sum_3 = sum_0;
            if t.begins == BEGINS_KEPT {
                var r = 0u;
                loop {
                    let sum = numbers(to + r * t.out_row);
                    sum_0 = select(sum_0, sum, r == 0u);
                    sum_1 = select(sum_1, sum, r == 1u);
                    sum_2 = select(sum_2, sum, r == 2u);
                    sum_3 = sum;
                    r += 1u;
                    continuing {
                        break if r > last;
                    }
                }
            }
            var xs = t.x + down * t.x_row;
            var ys = t.y + right * t.y_column;
            var k = 0u;
            loop {
                // The numbers of a negated formula are those of the other with x negated.
                let first = bitcast<vec4<f32>>(bitcast<vec4<u32>>(numbers(xs)) ^ vec4<u32>(t.negated));
                let second = numbers(ys);
                sum_0 = product(sum_0, vec4<f32>(first.x), second, vec4<bool>(t.of_x), vec4<bool>(t.of_y), z);
                sum_1 = product(sum_1, vec4<f32>(first.y), second, vec4<bool>(t.of_x), vec4<bool>(t.of_y), z);
                sum_2 = product(sum_2, vec4<f32>(first.z), second, vec4<bool>(t.of_x), vec4<bool>(t.of_y), z);
                sum_3 = product(sum_3, vec4<f32>(first.w), second, vec4<bool>(t.of_x), vec4<bool>(t.of_y), z);
                xs += t.x_term;
                ys += t.y_term;
                k += 1u;
                continuing {
                    break if k >= t.terms;
                }
            }
            var r = 0u;
            loop {
                let low = select(sum_0, sum_1, r == 1u);
                let sum = select(low, select(sum_2, sum_3, r == 3u), r >= 2u);
                put(to + r * t.out_row, bitcast<vec4<u32>>(sum));
                r += 1u;
                continuing {
                    break if r > last;
                }
            }
            j += 4u;
            continuing {
                break if j >= t.columns;
            }
        }
        i += 4u;
        continuing {
            break if i >= t.rows;
        }
    }
}

// Four columns at a time: one row and any terms, or any rows and at most one term.
fn strips(t: Products, z: u32) {
    let is_row = t.rows == 1u;
    let count = select(t.rows, max(t.terms, 1u), is_row);
    let x_step = select(t.x_row, t.x_term, is_row);
    var j = 0u;
    loop {
        let right = four(j, t.columns);
        var to = t.out + right * t.out_column;
        var xs = t.x;
        var ys = t.y + right * t.y_column;
        var second = vec4<f32>(0.0f);
        var sum = vec4<f32>(t.begin);
        var i = 0u;
        loop {
            if !is_row || i == 0u {
                sum = vec4<f32>(t.begin);
                if t.begins == BEGINS_KEPT {
                    sum = numbers(to);
                }
            }
            if t.terms != 0u {
                if is_row || i == 0u {
                    second = numbers(ys);
                }
                let first = bitcast<f32>(word_at(xs) ^ t.negated);
                sum = product(sum, vec4<f32>(first), second, vec4<bool>(t.of_x), vec4<bool>(t.of_y), z);
            }
            xs += x_step;
            ys += t.y_term;
            i += 1u;
            if !is_row || i == count {
                put(to, bitcast<vec4<u32>>(sum));
                to += t.out_row;
            }
            continuing {
                break if i >= count;
            }
        }
        j += 4u;
        continuing {
            break if j >= t.columns;
        }
    }
}

// Does a plain formula read y?
fn reads_y(formula: u32) -> bool {
    return ((READ_Y >> formula) & 1u) != 0u;
}

// A tile, but for rows that are only moved. Gives the fuel that it takes.
fn run_tile(w: vec4<u32>, z: u32, moved: ptr<function, Moved>) -> u32 {
    let sizes = next_row();
    let steps = next_row();
    let formula = w.x & 127u;
    let x_space = (w.x >> 12u) & 7u;
    let y_space = (w.x >> 15u) & 7u;
    let begins = (w.x >> 21u) & 3u;
    let rows = sizes.x & 0xffffu;
    let columns = sizes.x >> 16u;
    let terms = sizes.y;
    let out = place_of((w.x >> 18u) & 7u, w.y);
    let x = place_of(x_space, w.z);
    let y = place_of(y_space, w.w);
    let out_row = by(steps.x);
    let x_row = by(steps.y);
    let x_term = by(steps.y >> 16u);
    let y_column = by(steps.z);
    let y_term = by(steps.z >> 16u);
    let begin = bitcast<f32>(select(0u, 0x80000000u, begins == BEGINS_NOTHING) ^ z);
    if formula < HOT {
        let negated = (w.x & NEGATED) << 24u;
        let of_x = formula == SEND;
        let of_y = formula == SENT;
        let out_column = by(steps.x >> 16u);
        let t = Products(
            rows, columns, terms, begins, begin, negated, of_x, of_y,
            out, out_row, out_column, x, x_row, x_term, y, y_column, y_term,
        );
        if rows == 1u || terms <= 1u {
            strips(t, z);
        } else {
            //@ squares
        }
    } else if formula == COPIED && is_moved(x_space) {
        *moved = Moved(rows, x, x_row, out, out_row);
    } else if ((LIGHT >> formula) & 1u) != 0u {
        // A driver may compute all formulas of a switch and choose among them.
        //@ light rows
    } else {
        //@ other rows
    }
    return rows * columns * max(terms, 1u) / 8u;
}

// The row of the largest size in column k, from the k-th on; and whether it is another.
fn run_pivot(w: vec4<u32>, z: u32) {
    let k = w.z & 0xffffu;
    let n = w.z >> 16u;
    let space = (w.x >> 18u) & 7u;
    var best = k;
    var largest = 0.0f;
    var i = k;
    loop {
        let size = op_abs(at(place_of(space, w.y + i * n + k)), z);
        if i == k || op_less(largest, size, z) {
            best = i;
            largest = size;
        }
        i += 1u;
        continuing {
            break if i >= n;
        }
    }
    put_word(local((w.w & 0xffffu) + k), bitcast<u32>(select(-1.0f, 1.0f, best == k)));
    put_word(local((w.w >> 16u) + k), best);
}

// Row or column k changes places with that of the k-th pivot.
fn run_swap(w: vec4<u32>) {
    let k = w.z & 0xffffu;
    let other = word_at(local((w.y >> 16u) + k));
    let outer = by(w.w & 0xffffu);
    let inner = by(w.w >> 16u);
    let first = place_of((w.x >> 18u) & 7u, w.y & 0xffffu);
    if other != k {
        var i = 0u;
        loop {
            let one = first + k * outer + i * inner;
            let two = first + other * outer + i * inner;
            let kept = word_at(one);
            put_word(one, word_at(two));
            put_word(two, kept);
            i += 1u;
            continuing {
                break if i >= (w.z >> 16u);
            }
        }
    }
}
