// The charge: what the model's values add to the loss and to its slopes, summed over some rows. Host twin: src/descent/twin.rs.
//
// An invocation makes one part of one sum of one start: it takes every WAYS-th four of the rows of a chunk, so that neighbours read
// neighbours. Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> rows: array<vec4<f32>>;            // [value, derivatives][lane], written by the model
@group(0) @binding(1) var<storage, read> observed: array<vec4<f32>>;        // [high, low, inverse][row of data]
@group(0) @binding(2) var<storage, read> given: array<u32>;                 // [parameter] column, [parameter] row, [parameter][word][start]
@group(0) @binding(3) var<storage, read> order: array<u32>;                 // how many starts go on, and which
@group(0) @binding(4) var<storage, read_write> partials: array<vec2<f32>>;  // [sum][slot][part] pairs, read by `reduce` or `step`
@group(0) @binding(5) var<storage, read_write> evaluated: array<u32>;       // the model's stamp, taken away here
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
        evaluated[0] = 0u;
        summary[TALLY_CHARGED] += 1u;
    }
    let part = id % p.parts;
    let own = id / p.parts % p.slots;
    let sum = id / p.parts / p.slots; // 0: the loss; else the slope by parameter sum − 1
    let slot = p.first + own;
    if sum > p.free || slot >= order[0] {
        return;
    }
    let z = p.zero;
    let scale = vec4<f32>(bitcast<f32>(p.scale));
    var derivatives = 0u;
    var unit = vec4<f32>(1.0f);
    if sum != 0u {
        derivatives = given[p.free + sum - 1u] * p.width;
        unit = vec4<f32>(bitcast<f32>(given[2u * p.free + ((sum - 1u) * GIVENS + GIVEN_UNIT) * p.starts + order[1u + slot]]));
    }
    var high = vec4<f32>(0.0f);
    var low = vec4<f32>(0.0f);
    var quad = part / WAYS * (WAYS * DEEP) + part % WAYS;
    for (var deep = 0u; deep < DEEP && quad < p.quads; deep++) {
        let lane = own * p.quads + quad;
        let inverse = observed[2u * p.quads + quad];
        let r = residual(rows[lane], observed[quad], observed[p.quads + quad], inverse, z);
        var term: vec4<f32>;
        if sum == 0u {
            term = share(r, scale, z);
        } else {
            term = drawn(slope(r, inverse, scale, z), rows[derivatives + lane], unit, z);
        }
        // Behind the last row there is nothing.
        let row = vec4<u32>(4u * quad) + vec4<u32>(0u, 1u, 2u, 3u);
        term = select(vec4<f32>(0.0f), term, row < vec4<u32>(p.rows));
        let more = add(high, low, term, z);
        high = more[0];
        low = more[1];
        quad += WAYS;
    }
    let xy = join(high.x, low.x, high.y, low.y, z);
    let zw = join(high.z, low.z, high.w, low.w, z);
    partials[(sum * p.starts + slot) * p.parts + part] = join(xy.x, xy.y, zw.x, zw.y, z);
}
