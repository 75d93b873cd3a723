// The spread: every start's point into the parameters' columns of its lanes. Host twin: src/descent/twin.rs.
//
// Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> state: array<f32>;                // [word][start]
@group(0) @binding(1) var<storage, read> given: array<u32>;                // [parameter] column, [parameter] row, [parameter][word][start]
@group(0) @binding(2) var<storage, read> order: array<u32>;                // how many starts go on, and which
@group(0) @binding(3) var<storage, read_write> columns: array<vec4<f32>>;  // [column][lane], read by the model
@group(0) @binding(4) var<storage, read_write> summary: array<u32>;
@group(0) @binding(5) var<uniform> p: Parameters;

@compute @workgroup_size(64)
fn spread(@builtin(global_invocation_id) at: vec3<u32>) {
    let id = at.y * ROW + at.x;
    if id == 0u {
        summary[TALLY_SPREAD] += 1u;
    }
    // An invocation has every `ways`-th four of the lanes of a start.
    let ways = (p.quads + SPAN - 1u) / SPAN;
    let own = id / ways;
    let slot = p.first + own;
    if own >= p.slots || slot >= order[0] {
        return;
    }
    let start = order[1u + slot];
    let end = (own + 1u) * p.quads;
    for (var parameter = 0u; parameter < p.free; parameter++) {
        let column = given[parameter];
        if column != NOWHERE {
            let point = vec4<f32>(state[(WORDS + parameter * OWNS + OWN_HIGH) * p.starts + start]);
            for (var lane = own * p.quads + id % ways; lane < end; lane += ways) {
                columns[column * p.width + lane] = point;
            }
        }
    }
}
