// Where a replay is cut, what a snapshot keeps, and how a lane goes on from one. Part of shaders/replay.wgsl.

// Rows for the main loop to copy; what is asked for second comes second.
fn copy(source: u32, to: u32, count: u32) {
    if s[STATE_COPIES] == 0u {
        s[STATE_COPY_FROM] = source;
        s[STATE_COPY_TO] = to;
        s[STATE_COPIES] = count;
    } else {
        s[STATE_NEXT_FROM] = source;
        s[STATE_NEXT_TO] = to;
        s[STATE_NEXT_COPIES] = count;
    }
}

// What was asked for second, if nothing is left of the first.
fn copied() {
    if s[STATE_COPIES] == 0u {
        s[STATE_COPY_FROM] = s[STATE_NEXT_FROM];
        s[STATE_COPY_TO] = s[STATE_NEXT_TO];
        s[STATE_COPIES] = s[STATE_NEXT_COPIES];
        s[STATE_NEXT_COPIES] = 0u;
    }
}

// Where a snapshot starts: the first states of `s`, then the frame.
fn kept_row(snapshot: u32) -> u32 {
    return p.kept + snapshot * (SNAPSHOT_STATES + p.frame_rows);
}

// Drops every second snapshot above the floor, or the only one.
fn thin() {
    let rows = SNAPSHOT_STATES + p.frame_rows;
    let kept = (s[STATE_SNAPSHOTS] - s[STATE_FLOOR]) / 2u;
    for (var i = 0u; i < kept * rows; i += 1u) {
        let other = s[STATE_FLOOR] + 2u * (i / rows) + 1u;
        memory[place(kept_row(s[STATE_FLOOR]) + i)] = memory[place(kept_row(other) + i % rows)];
    }
    s[STATE_SNAPSHOTS] = s[STATE_FLOOR] + kept;
    s[STATE_STRIDE] *= 2u;
}

// The arena or the trail is full where a block begins that gets so many rows. Gives how the lane ends, if it does.
fn cut(rows: u32) -> u32 {
    if p.gradient != 0u && s[STATE_FLOOR] >= p.snapshots {
        // Nowhere to cut.
        return ENDED_LEFT;
    }
    s[STATE_KEEPS] = 0u;
    s[STATE_CUTS] += 1u;
    var snapshot = 0u;
    let is_kept = p.gradient != 0u && s[STATE_CUTS] == s[STATE_STRIDE];
    if is_kept {
        s[STATE_CUTS] = 0u;
        // Half of what the earlier ones leave. A stretch of those that stay is cut anew on the way back, in the rest.
        let room = max((p.snapshots - s[STATE_FLOOR]) / 2u, 1u);
        if s[STATE_SNAPSHOTS] - s[STATE_FLOOR] >= room {
            thin();
        }
        snapshot = s[STATE_SNAPSHOTS];
        s[STATE_SNAPSHOTS] += 1u;
        s[STATE_ROWS] = rows;
        for (var i = 0u; i < SNAPSHOT_STATES + p.zero; i += 1u) {
            memory[place(kept_row(snapshot) + i)] = s[i];
        }
        copy(p.arena + s[STATE_FRAME], kept_row(snapshot) + SNAPSHOT_STATES, rows);
    }
    copy(p.arena + s[STATE_FRAME], p.arena, rows);
    s[STATE_FRAME] = 0u;
    s[STATE_TOP] = rows;
    s[STATE_LENGTH] = 0u;
    return ENDED_NO;
}

// All goes on from the last snapshot, or from the entry.
fn restore() {
    s[STATE_FLOOR] = s[STATE_SNAPSHOTS];
    s[STATE_STRIDE] = 1u;
    s[STATE_CUTS] = 0u;
    s[STATE_KEEPS] = 1u;
    s[STATE_PHASE] = PHASE_FORWARD;
    s[STATE_FRAME] = 0u;
    s[STATE_LENGTH] = 0u;
    for (var i = 0u; i < SNAPSHOT_STATES + p.zero; i += 1u) {
        s[i] = 0u;
        if s[STATE_SNAPSHOTS] > 0u {
            s[i] = memory[place(kept_row(s[STATE_SNAPSHOTS] - 1u) + i)];
        }
    }
    if s[STATE_SNAPSHOTS] > 0u {
        copy(kept_row(s[STATE_SNAPSHOTS] - 1u) + SNAPSHOT_STATES, p.arena, s[STATE_ROWS]);
    } else {
        s[STATE_PC] = program[base].x;
    }
    s[STATE_TOP] = s[STATE_ROWS];
}

// The stretch is at its end: where a block begins that gets so many rows, or where the program ends.
fn turn_back(rows: u32) {
    if s[STATE_KEEPS] == 0u {
        s[STATE_PHASE] = PHASE_RESTORED;
        return;
    }
    s[STATE_PHASE] = PHASE_BACK;
    s[STATE_PC] = POP;
    // What the stretch after this one sent back.
    copy(p.boundary, p.arena + s[STATE_FRAME], rows);
}

// The trail has been gone back: on to the stretch before.
fn go_back() {
    if s[STATE_SNAPSHOTS] == 0u {
        s[STATE_PHASE] = PHASE_FINISHED;
        return;
    }
    // The frame of the stretch's first block has its adjoints.
    s[STATE_SNAPSHOTS] -= 1u;
    let row = kept_row(s[STATE_SNAPSHOTS]);
    s[STATE_END] = memory[place(row + STATE_RUNS)];
    copy(p.arena, p.boundary, memory[place(row + STATE_ROWS)]);
    s[STATE_PHASE] = PHASE_RESTORED;
}
