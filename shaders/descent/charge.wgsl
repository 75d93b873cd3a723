// The charge: what the model's values add to the loss and to its slopes, summed over some rows. Host twin: src/descent/twin.rs.
//
// An invocation makes one part of the loss and of some slopes of one start: it takes every WAYS-th four of the rows of a chunk, so that
// neighbours read neighbours. Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> rows: array<vec4<f32>>;            // [value, derivatives][lane], written by the model
@group(0) @binding(1) var<storage, read> observed: array<vec4<f32>>;        // [high, low, inverse][row of data]
@group(0) @binding(2) var<storage, read> given: array<u32>;                 // [parameter] column, [parameter] row, [parameter][word][start]
@group(0) @binding(3) var<storage, read> order: array<u32>;                 // how many starts go on, and which
@group(0) @binding(4) var<storage, read_write> partials: array<vec2<f32>>;  // [sum][slot][part] pairs, read by `reduce` or `step`
@group(0) @binding(5) var<storage, read_write> evaluated: array<u32>;       // the model's stamp and lanes that strayed, taken away here
@group(0) @binding(6) var<storage, read_write> summary: array<u32>;
@group(0) @binding(7) var<uniform> p: Parameters;

//@ functions

@compute @workgroup_size(64)
fn charge(@builtin(global_invocation_id) at: vec3<u32>) {
    let id = at.y * ROW + at.x;
    if id == 0u {
        if evaluated[0] == p.evaluation {
            summary[TALLY_EVALUATED] += 1u;
        }
        summary[TALLY_STRAYED] += evaluated[1];
        evaluated[0] = 0u;
        evaluated[1] = 0u;
        summary[TALLY_CHARGED] += 1u;
    }
    let part = id % p.parts;
    let own = id / p.parts % p.slots;
    let first = id / p.parts / p.slots * TOGETHER; // the first parameter whose slope is made here
    let slot = p.first + own;
    if first >= p.free || slot >= order[0] {
        return;
    }
    let z = p.zero;
    let start = order[1u + slot];
    let scale = vec4<f32>(bitcast<f32>(p.scale));
    var high = vec4<f32>(0.0f);
    var low = vec4<f32>(0.0f);
    //@ slopes begin
    var quad = part / WAYS * (WAYS * DEEP) + part % WAYS;
    for (var deep = 0u; deep < DEEP && quad < p.quads; deep++) {
        let lane = own * p.quads + quad;
        let inverse = observed[2u * p.quads + quad];
        let r = residual(rows[lane], observed[quad], observed[p.quads + quad], inverse, z);
        let by_value = slope(r, inverse, scale, z);
        // Behind the last row there is nothing.
        let is_row = vec4<u32>(4u * quad) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(p.rows);
        if first == 0u {
            let more = add(high, low, select(vec4<f32>(0.0f), share(r, scale, z), is_row), z);
            high = more[0];
            low = more[1];
        }
        //@ slopes add
        quad += WAYS;
    }
    // What was summed: the loss, then slopes.
    var highs: array<vec4<f32>, TOGETHER + 1u>;
    var lows: array<vec4<f32>, TOGETHER + 1u>;
    highs[0] = high;
    lows[0] = low;
    //@ slopes end
    for (var n = min(first, 1u); n <= min(TOGETHER, p.free - first); n++) {
        let xy = join(highs[n].x, lows[n].x, highs[n].y, lows[n].y, z);
        let zw = join(highs[n].z, lows[n].z, highs[n].w, lows[n].w, z);
        let sum = select(first + n, 0u, n == 0u);
        partials[(sum * p.starts + slot) * p.parts + part] = join(xy.x, xy.y, zw.x, zw.y, z);
    }
}

/// Where the row of a derivative begins.
fn derivative_of(parameter: u32) -> u32 {
    return given[p.free + parameter] * p.width;
}

/// What the derivatives by a parameter are multiplied by.
fn unit_of(parameter: u32, start: u32) -> vec4<f32> {
    return vec4<f32>(bitcast<f32>(given[2u * p.free + (parameter * GIVENS + GIVEN_UNIT) * p.starts + start]));
}
