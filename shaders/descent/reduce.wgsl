// One level of the sums over rows: neighbouring parts joined to one. Host twin: src/descent/twin.rs.
//
// Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> parts: array<vec2<f32>>;          // [sum][slot][part] pairs
@group(0) @binding(1) var<storage, read_write> fewer: array<vec2<f32>>;    // the same with fewer parts
@group(0) @binding(2) var<storage, read_write> summary: array<u32>;
@group(0) @binding(3) var<uniform> p: Parameters;

//@ functions

@compute @workgroup_size(64)
fn reduce(@builtin(global_invocation_id) at: vec3<u32>) {
    let id = at.y * ROW + at.x;
    if id == 0u {
        summary[TALLY_REDUCED] += 1u;
    }
    if id >= (p.free + 1u) * p.starts * p.fewer {
        return;
    }
    let z = p.zero;
    let first = id % p.fewer * ARITY;
    let end = min(first + ARITY, p.parts);
    var sum = vec2<f32>(0.0f);
    for (var part = first; part < end; part++) {
        let more = parts[id / p.fewer * p.parts + part];
        sum = join(sum.x, sum.y, more.x, more.y, z);
    }
    fewer[id] = sum;
}
