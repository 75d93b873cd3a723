// The adjoint: every lane's tape reversed, from the slot of its value to its inputs. Its host twin is src/tape/adjoint.rs.
//
// Lines that start with `//@` are replaced by src/wgsl/adjoint.rs from the op table.

//@ constants

struct Parameters {
    lanes: u32,    // lanes of this dispatch
    row: u32,      // invocations of a row of workgroups
    fuel: u32,     // entries a lane reverses in this slice
    stamp: u32,    // left in `summary[0]`
    zero: u32,     // 0, which no compiler may know
    begins: u32,   // 1 in the first slice: the value's own adjoint is set
    unused_2: u32,
    unused_3: u32,
}

@group(0) @binding(0) var<storage, read> tape: array<vec4<u32>>;             // [entry][lane] code, a, b, value; written by the machine
@group(0) @binding(1) var<storage, read_write> x_bar: array<f32>;            // [slot][lane], 0 at first
@group(0) @binding(2) var<storage, read_write> cursor: array<u32>;           // [lane] the slot to reverse next; 0: done
@group(0) @binding(3) var<storage, read> first: array<u32>;                  // [lane] the slot after the last input
@group(0) @binding(4) var<storage, read_write> summary: array<atomic<u32>>;  // stamp, lanes that go on
@group(0) @binding(5) var<uniform> p: Parameters;

//@ functions

@compute @workgroup_size(64)
fn adjoint(@builtin(global_invocation_id) id: vec3<u32>) {
    let lane = id.y * p.row + id.x;
    if lane == 0u {
        atomicStore(&summary[0], p.stamp);
    }
    if lane >= p.lanes {
        return;
    }
    let n = p.lanes;
    let z = p.zero;
    let last = first[lane];
    var slot = cursor[lane];
    if p.begins != 0u && slot != 0u {
        x_bar[slot * n + lane] = 1.0f;
    }
    var fuel = p.fuel;
    loop {
        if fuel == 0u || slot < last {
            break;
        }
        fuel -= 1u;
        let bar = x_bar[slot * n + lane];
        if (bitcast<u32>(bar) & 0x7fffffffu) != 0u {
            let entry = tape[slot * n + lane];
            if (entry.x & GUARD) == 0u {
                let a_constant = (entry.x & A_CONSTANT) != 0u;
                let b_constant = (entry.x & B_CONSTANT) != 0u;
                // A constant's bits stand where a slot would.
                let a_value = tape[select(entry.y, slot, a_constant) * n + lane].w;
                let b_value = tape[select(entry.z, slot, b_constant) * n + lane].w;
                let x = bitcast<f32>(select(a_value, entry.y, a_constant));
                let y = bitcast<f32>(select(b_value, entry.z, b_constant));
                let value = bitcast<f32>(entry.w);
                var x_add = 0.0f;
                var y_add = 0.0f;
                switch entry.x & 255u {
                    //@ pull arms
                    default: {}
                }
                // An adjoint of exactly 0 contributes nothing; a NaN does.
                if !a_constant && (bitcast<u32>(x_add) & 0x7fffffffu) != 0u {
                    let at = entry.y * n + lane;
                    x_bar[at] = plus(x_bar[at], x_add, z);
                }
                if !b_constant && (bitcast<u32>(y_add) & 0x7fffffffu) != 0u {
                    let at = entry.z * n + lane;
                    x_bar[at] = plus(x_bar[at], y_add, z);
                }
            }
        }
        slot -= 1u;
    }
    cursor[lane] = select(slot, 0u, slot < last);
    if slot >= last {
        atomicAdd(&summary[1], 1u);
    }
}
