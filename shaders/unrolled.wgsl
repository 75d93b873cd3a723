// An unrolled program: the value and all gradients at once, nothing stored in between.
//
// Lines that start with `//@` are replaced by src/wgsl/specialize/unrolled.rs.

//@ constants

//@ parameters

//@ columns binding
@group(0) @binding(1) var<storage, read_write> rows: array<vec4<f32>>;       // [value, gradients][lane] f32
@group(0) @binding(2) var<storage, read_write> summary: array<atomic<u32>>;  // see src/wgsl/specialize/mod.rs
@group(0) @binding(3) var<uniform> p: Parameters;
//@ endings binding

@compute @workgroup_size(64)
fn specialized(@builtin(global_invocation_id) at: vec3<u32>) {
    let id = at.y * p.row + at.x;
    if id >= p.width {
        return;
    }
    if id == 0u {
        atomicStore(&summary[0], p.stamp);
    }
    let lane = p.first + id;
    let z = p.zero;
    //@ columns
    //@ line
}
