// Whole operations in shaders/specialize.wgsl: where shaders/whole.wgsl finds numbers, and lists of the code.

//@ whole

fn word_at(at: u32) -> u32 {
    return v[at];
}

fn put_word(at: u32, word: u32) {
    v[at] = word;
}

fn place_of(space: u32, row: u32) -> u32 {
    return row;
}

fn local(row: u32) -> u32 {
    return row;
}

fn by(step: u32) -> u32 {
    return signed(step);
}

fn next_row() -> vec4<u32> {
    code += 1u;
    return blocks[code - 1u];
}

fn is_moved(space: u32) -> bool {
    return true;
}

// So many words of the array go to the stack, from a row of the block on.
fn push(from_word: u32, count: u32, row: u32) {
    var i = 0u;
    loop {
        memory[place(p.stack + bottom + row + i)] = v[from_word + i];
        i += 1u;
        continuing {
            break if i >= count;
        }
    }
}

fn take(to_word: u32, count: u32, row: u32) {
    var i = 0u;
    loop {
        v[to_word + i] = memory[place(p.stack + bottom + row + i)];
        i += 1u;
        continuing {
            break if i >= count;
        }
    }
}

// So many constants of the block, from a row of its details on.
fn bring(to_word: u32, count: u32, row: u32) {
    var i = 0u;
    loop {
        v[to_word + i] = blocks[details + row + (i >> 2u)][i & 3u];
        i += 1u;
        continuing {
            break if i >= count;
        }
    }
}

// Runs a list.
fn run(first: u32, z: u32) {
    code = first;
    loop {
        let w = next_row();
        let kind = (w.x >> 8u) & 15u;
        if kind == KIND_TURN {
            break;
        }
        var moved = Moved(0u, 0u, 0u, 0u, 0u);
        switch kind {
            case KIND_TILE: { _ = run_tile(w, z, &moved); }
            case KIND_PIVOT: { run_pivot(w, z); }
            case KIND_SWAP: { run_swap(w); }
            case KIND_SET: { bring(w.y, w.z, w.w); }
            case KIND_TAKE: { take(w.y, w.z, w.w); }
            case KIND_PUSH: {
                if s_phase == PHASE_FORWARD && keeps() {
                    push(w.y, w.z, w.w);
                }
            }
            //@ eliminations
            default: {}
        }
        if moved.rows != 0u {
            move_rows(moved);
        }
    }
}
