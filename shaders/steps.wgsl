// Whole operations in shaders/replay.wgsl, for programs that have any: where shaders/whole.wgsl finds numbers, and the loop over its steps.

fn word_at(at: u32) -> u32 {
    return memory[at];
}

fn put_word(at: u32, word: u32) {
    memory[at] = word;
}

fn place_of(space: u32, row: u32) -> u32 {
    return place(origin(space) + row);
}

fn local(row: u32) -> u32 {
    return place(p.locals + row);
}

fn by(step: u32) -> u32 {
    return signed(step) * lanes;
}

fn next_row() -> vec4<u32> {
    s[STATE_PC] += 1u;
    return program[base + s[STATE_PC] - 1u];
}

fn is_moved(space: u32) -> bool {
    return space != SPACE_CONSTANT;
}

fn constants(indices: vec4<u32>) -> vec4<f32> {
    let words = s[STATE_CONSTANTS] + indices;
    let rows = base + (words >> vec4<u32>(2u));
    let columns = words & vec4<u32>(3u);
    return bitcast<vec4<f32>>(vec4<u32>(
        program[rows.x][columns.x], program[rows.y][columns.y], program[rows.z][columns.z], program[rows.w][columns.w],
    ));
}

//@ whole

// Steps, and rows that were asked for, as long as one follows another. Gives the fuel that is left.
fn steps(given: u32, z: u32) -> u32 {
    var fuel = given;
    loop {
        var moved = Moved(0u, 0u, 0u, 0u, 0u);
        if s[STATE_COPIES] != 0u {
            let rows = min(s[STATE_COPIES], min(fuel, 0xffffu) * 8u);
            moved = Moved(rows, place(s[STATE_COPY_FROM]), lanes, place(s[STATE_COPY_TO]), lanes);
            s[STATE_COPY_FROM] += rows;
            s[STATE_COPY_TO] += rows;
            s[STATE_COPIES] -= rows;
            copied();
            fuel -= (rows + 7u) / 8u;
        } else {
            let w = program[base + s[STATE_PC]];
            let kind = (w.x >> 8u) & 15u;
            if kind < KIND_TILE || s[STATE_PHASE] >= PHASE_RESTORED {
                break;
            }
            s[STATE_PC] += 1u;
            fuel -= 1u;
            if kind == KIND_TILE {
                fuel -= min(fuel, run_tile(w, z, &moved));
            } else if kind == KIND_PIVOT {
                run_pivot(w, z);
            } else {
                run_swap(w);
            }
        }
        if moved.rows != 0u {
            move_rows(moved);
        }
        continuing {
            break if fuel == 0u;
        }
    }
    return fuel;
}
