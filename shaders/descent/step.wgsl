// The step: what becomes of every start at the point where the model was evaluated. Host twin: src/descent/twin.rs.
//
// Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> partials: array<vec2<f32>>;       // [sum][slot][part] pairs
@group(0) @binding(1) var<storage, read> given: array<u32>;                // [parameter] column, [parameter] row, [parameter][word][start]
@group(0) @binding(2) var<storage, read> order: array<u32>;                // how many starts go on, and which
@group(0) @binding(3) var<storage, read_write> state: array<u32>;          // [word][start]
@group(0) @binding(4) var<storage, read_write> summary: array<u32>;
@group(0) @binding(5) var<uniform> p: Parameters;

//@ functions

fn total(sum: u32, slot: u32, z: u32) -> vec2<f32> {
    let first = (sum * p.starts + slot) * p.parts;
    var all = vec2<f32>(0.0f);
    for (var part = 0u; part < p.parts; part++) {
        let more = partials[first + part];
        all = join(all.x, all.y, more.x, more.y, z);
    }
    return normal(all.x, all.y, z);
}

fn f(word: u32) -> f32 {
    return bitcast<f32>(word);
}

fn w(number: f32) -> u32 {
    return bitcast<u32>(number);
}

/// Drivers compile every access to memory at length: words are loaded and stored in loops, each at one place. No compiler knows how long
/// these are, or it would write each of them out.
@compute @workgroup_size(64)
fn advance(@builtin(global_invocation_id) at: vec3<u32>) {
    let slot = at.y * ROW + at.x;
    if slot == 0u {
        summary[TALLY_STEPPED] += 1u;
    }
    if slot >= order[0] {
        return;
    }
    let start = order[1u + slot];
    let z = p.zero;
    var word: array<u32, WORDS>;
    for (var n = 0u; n < WORDS + z; n++) {
        word[n] = state[n * p.starts + start];
    }
    if word[WORD_HALT] != HALT_GOING {
        return;
    }
    var loss = vec2<f32>(0.0f);
    var is_good = true;
    for (var sum = 0u; sum <= p.free; sum++) {
        let all = total(sum, slot, z);
        is_good = is_good && is_finite(all.x, z);
        if sum == 0u {
            loss = all;
        } else {
            state[(WORDS + (sum - 1u) * OWNS + OWN_SLOPE) * p.starts + start] = w(all.x);
        }
    }

    // Why the start goes no further, if it does not.
    var halt = HALT_FAILED;
    var is_best = false;
    var share = vec2<f32>(0.0f);
    if is_good {
        is_best = less(loss.x, loss.y, f(word[WORD_BEST_HIGH]), f(word[WORD_BEST_LOW]), z);
        if is_best {
            word[WORD_BEST_HIGH] = w(loss.x);
            word[WORD_BEST_LOW] = w(loss.y);
        }
        halt = select(HALT_GOING, HALT_STEPS, word[WORD_STEPS] >= p.iterations);
        if loss.x == 0.0f {
            halt = HALT_LEVEL;
        } else {
            let now = window(f(word[WORD_LEAST]), f(word[WORD_MEAN]), loss.x, z);
            word[WORD_LEAST] = w(now.x);
            word[WORD_MEAN] = w(now.y);
            if (word[WORD_STEPS] + 1u) % PATIENCE == 0u {
                if !is_below(now.x, now.y, f(word[WORD_BEFORE_LEAST]), f(word[WORD_BEFORE_MEAN]), z) {
                    halt = HALT_LEVEL;
                }
                word[WORD_BEFORE_LEAST] = w(now.x);
                word[WORD_BEFORE_MEAN] = w(now.y);
                word[WORD_LEAST] = WINDOW_LEAST;
                word[WORD_MEAN] = WINDOW_MEAN;
            }
        }
        if halt == HALT_GOING {
            share = known(f(word[WORD_MEAN_KNOWN]), f(word[WORD_SQUARE_KNOWN]), z);
            word[WORD_MEAN_KNOWN] = w(share.x);
            word[WORD_SQUARE_KNOWN] = w(share.y);
            word[WORD_STEPS] += 1u;
        }
    }
    word[WORD_HALT] = halt;
    for (var n = 0u; n < WORDS + z; n++) {
        state[n * p.starts + start] = word[n];
    }

    for (var parameter = 0u; parameter < p.free; parameter++) {
        let first = (WORDS + parameter * OWNS) * p.starts + start;
        var own: array<u32, OWNS>;
        for (var n = 0u; n < OWNS + z; n++) {
            own[n] = state[first + n * p.starts];
        }
        if is_best {
            own[OWN_BEST_HIGH] = own[OWN_HIGH];
            own[OWN_BEST_LOW] = own[OWN_LOW];
        }
        if halt == HALT_GOING {
            var told: array<f32, GIVENS>;
            for (var n = 0u; n < GIVENS + z; n++) {
                told[n] = f(given[2u * p.free + (parameter * GIVENS + n) * p.starts + start]);
            }
            let point = vec2<f32>(f(own[OWN_HIGH]), f(own[OWN_LOW]));
            let lower = vec2<f32>(told[GIVEN_LOWER_HIGH], told[GIVEN_LOWER_LOW]);
            let upper = vec2<f32>(told[GIVEN_UPPER_HIGH], told[GIVEN_UPPER_LOW]);
            let slope = f(own[OWN_SLOPE]);
            let is_pushed = pushed(point.x, point.y, lower.x, lower.y, upper.x, upper.y, slope, z);
            let mean = slope_mean(f(own[OWN_MEAN]), slope, is_pushed, z);
            let root = slope_root(f(own[OWN_ROOT]), slope, z);
            let way = direction(mean, root, share.x, share.y, z);
            let next = moved(point.x, point.y, told[GIVEN_RATE], way, lower.x, lower.y, upper.x, upper.y, z);
            own[OWN_MEAN] = w(mean);
            own[OWN_ROOT] = w(root);
            own[OWN_HIGH] = w(next.x);
            own[OWN_LOW] = w(next.y);
        }
        for (var n = 0u; n < OWNS + z; n++) {
            state[first + n * p.starts] = own[n];
        }
    }
}
