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

fn at_word(word: u32, start: u32) -> u32 {
    return word * p.starts + start;
}

fn at_own(own: u32, parameter: u32, start: u32) -> u32 {
    return (WORDS + parameter * OWNS + own) * p.starts + start;
}

fn number(at: u32) -> f32 {
    return bitcast<f32>(state[at]);
}

fn put(at: u32, value: f32) {
    state[at] = bitcast<u32>(value);
}

fn told(word: u32, parameter: u32, start: u32) -> f32 {
    return bitcast<f32>(given[2u * p.free + (parameter * GIVENS + word) * p.starts + start]);
}

/// Why the start goes no further, or HALT_GOING.
fn look(slot: u32, start: u32, steps: u32, z: u32) -> u32 {
    let loss = total(0u, slot, z);
    var is_good = is_finite(loss.x, z);
    for (var parameter = 0u; parameter < p.free; parameter++) {
        let slope = total(1u + parameter, slot, z).x;
        put(at_own(OWN_SLOPE, parameter, start), slope);
        is_good = is_good && is_finite(slope, z);
    }
    if !is_good {
        return HALT_FAILED;
    }
    let high = at_word(WORD_BEST_HIGH, start);
    let low = at_word(WORD_BEST_LOW, start);
    if less(loss.x, loss.y, number(high), number(low), z) {
        put(high, loss.x);
        put(low, loss.y);
        for (var parameter = 0u; parameter < p.free; parameter++) {
            state[at_own(OWN_BEST_HIGH, parameter, start)] = state[at_own(OWN_HIGH, parameter, start)];
            state[at_own(OWN_BEST_LOW, parameter, start)] = state[at_own(OWN_LOW, parameter, start)];
        }
    }
    if loss.x == 0.0f {
        return HALT_LEVEL;
    }
    let least = at_word(WORD_LEAST, start);
    let mean = at_word(WORD_MEAN, start);
    let now = window(number(least), number(mean), loss.x, z);
    put(least, now.x);
    put(mean, now.y);
    if (steps + 1u) % PATIENCE == 0u {
        let before_least = at_word(WORD_BEFORE_LEAST, start);
        let before_mean = at_word(WORD_BEFORE_MEAN, start);
        let fell = is_below(now.x, now.y, number(before_least), number(before_mean), z);
        put(before_least, now.x);
        put(before_mean, now.y);
        state[least] = WINDOW_LEAST;
        state[mean] = WINDOW_MEAN;
        if !fell {
            return HALT_LEVEL;
        }
    }
    return select(HALT_GOING, HALT_STEPS, steps >= p.iterations);
}

fn move_on(start: u32, z: u32) {
    let mean_known = at_word(WORD_MEAN_KNOWN, start);
    let square_known = at_word(WORD_SQUARE_KNOWN, start);
    let share = known(number(mean_known), number(square_known), z);
    put(mean_known, share.x);
    put(square_known, share.y);
    for (var parameter = 0u; parameter < p.free; parameter++) {
        let slope = number(at_own(OWN_SLOPE, parameter, start));
        let high = at_own(OWN_HIGH, parameter, start);
        let low = at_own(OWN_LOW, parameter, start);
        let point = vec2<f32>(number(high), number(low));
        let lower = vec2<f32>(told(GIVEN_LOWER_HIGH, parameter, start), told(GIVEN_LOWER_LOW, parameter, start));
        let upper = vec2<f32>(told(GIVEN_UPPER_HIGH, parameter, start), told(GIVEN_UPPER_LOW, parameter, start));
        let is_pushed = pushed(point.x, point.y, lower.x, lower.y, upper.x, upper.y, slope, z);
        let mean_at = at_own(OWN_MEAN, parameter, start);
        let root_at = at_own(OWN_ROOT, parameter, start);
        let mean = slope_mean(number(mean_at), slope, is_pushed, z);
        let root = slope_root(number(root_at), slope, z);
        put(mean_at, mean);
        put(root_at, root);
        let way = direction(mean, root, share.x, share.y, z);
        let rate = told(GIVEN_RATE, parameter, start);
        let moved_to = moved(point.x, point.y, rate, way, lower.x, lower.y, upper.x, upper.y, z);
        put(high, moved_to.x);
        put(low, moved_to.y);
    }
}

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
    if state[at_word(WORD_HALT, start)] != HALT_GOING {
        return;
    }
    let z = p.zero;
    let steps = state[at_word(WORD_STEPS, start)];
    let halt = look(slot, start, steps, z);
    state[at_word(WORD_HALT, start)] = halt;
    if halt == HALT_GOING {
        move_on(start, z);
        state[at_word(WORD_STEPS, start)] = steps + 1u;
    }
}
