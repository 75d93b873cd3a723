// The gathering: which starts go on, in their order, so that what is evaluated next lies side by side.
//
// Lines that start with `//@` are replaced by src/wgsl/descent.rs.

//@ constants

//@ parameters

@group(0) @binding(0) var<storage, read> state: array<u32>;            // [word][start]
@group(0) @binding(1) var<storage, read_write> order: array<u32>;      // how many starts go on, and which
@group(0) @binding(2) var<storage, read_write> summary: array<u32>;
@group(0) @binding(3) var<uniform> p: Parameters;

@compute @workgroup_size(1)
fn gather() {
    var going = 0u;
    for (var start = 0u; start < p.starts; start++) {
        if state[WORD_HALT * p.starts + start] == HALT_GOING {
            going += 1u;
            order[going] = start;
        }
    }
    order[0] = going;
    summary[TALLY_GOING] = going;
    summary[TALLY_STAMP] = p.stamp;
}
