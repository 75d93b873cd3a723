// A program as a kernel of its own: a loop over its blocks forward, and one back that sends adjoints through them.
//
// Blocks that do the same with other constants, and lead elsewhere, share a form: forms are the code, blocks the data.
// What a block gets lies in registers (f0, f1, …), or with whole operations in an array; on the way forward it is pushed on the lane's stack, as far as it
// is needed again (src/wgsl/specialize/frame.rs), where lanes part under a word that
// says which block and how it handed on. On the way back a block gets that again, computes its values, takes the adjoints of what it
// handed on (b0, …) and leaves those of what it got. Where the stack is full the run is cut: the stack starts again,
// some cuts keep a snapshot, and stretches between snapshots run again on the way back.
//
// Lines that start with `//@` are replaced by src/wgsl/specialize/text.rs, `loops` by shaders/registers.wgsl or shaders/pieces.wgsl.

//@ constants

//@ parameters

//@ columns binding
@group(0) @binding(1) var<storage, read_write> rows: array<Float>;           // [value, gradients][lane] f32
@group(0) @binding(2) var<storage, read_write> summary: array<atomic<u32>>;  // see src/wgsl/specialize/mod.rs
@group(0) @binding(3) var<uniform> p: Parameters;
@group(0) @binding(4) var<storage, read> blocks: array<vec4<u32>>;           // steps; heads by block, then what heads point to
@group(0) @binding(5) var<storage, read_write> memory: array<Cell>;          // [row][lane]: states; [tile][row][lane]: snapshots, stack

//@ registers

var<private> id: u32;    // of the invocation in its batch, whose memory it has
var<private> lane: u32;  // the same among all, whose columns and rows it has

var<private> tile: u32;  // where the invocation's first row is in its tile

fn state_place(row: u32) -> u32 {
    return row * p.width + id;
}

// Of snapshots and the stack. Tiles of neighbours, each in one piece, so that those rows are near each other which are used together.
fn place(row: u32) -> u32 {
    return tile + row * p.across;
}

// Registers are kept and taken a row at a time, by loops with one access that no compiler unrolls: 0 is no constant.

fn keep_states(rows: u32) {
    for (var row = 0u; row < rows + p.zero; row += 1u) {
        var cell = Cell();
        //@ keep states
        memory[state_place(row)] = cell;
    }
}

fn take_states() {
    for (var row = 0u; row < STATE_ROWS + p.zero; row += 1u) {
        let cell = memory[state_place(row)];
        //@ take states
    }
}

fn keep_frame(first: u32) {
    for (var slot = 0u; slot < MOST_INS + p.zero; slot += 1u) {
        var cell = Cell();
        //@ keep frame
        memory[place(first + slot)] = cell;
    }
}

fn take_frame(first: u32) {
    for (var slot = 0u; slot < MOST_INS + p.zero; slot += 1u) {
        let cell = memory[place(first + slot)];
        //@ take frame
    }
}

// The side of a decision: how it goes on, and where the constants are that it looks up.
fn side(detail: vec4<u32>, outcome: u32) -> vec2<u32> {
    var low = detail.x;
    var high = detail.x + detail.y;
    while low < high {
        let middle = (low + high) / 2u;
        let found = blocks[middle];
        if found.x == outcome {
            return found.yz;
        }
        if found.x < outcome {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return vec2<u32>(NO_WAY, 0u);
}

// Is what is pushed on the stack read again? Not before a cut, when a later stretch comes first.
fn keeps() -> bool {
    return !CUTS || s_keeps != 0u;
}

// Where a snapshot starts: four states, then the frame.
fn kept_row(snapshot: u32) -> u32 {
    return snapshot * (SNAPSHOT_STATES + MOST_INS);
}

// Drops every second snapshot above the floor, or the only one.
fn thin() {
    let size = SNAPSHOT_STATES + MOST_INS;
    var kept = s_floor;
    for (var other = kept + 1u; other < s_taken; other += 2u) {
        for (var i = 0u; i < size; i += 1u) {
            memory[place(kept_row(kept) + i)] = memory[place(kept_row(other) + i)];
        }
        kept += 1u;
    }
    s_taken = kept;
    s_stride *= 2u;
}

// The stack is full where a block begins. False if there is nowhere to cut.
fn cut() -> bool {
    if s_floor >= p.snapshots {
        return false;
    }
    s_keeps = 0u;
    s_cuts += 1u;
    s_top = 0u;
    s_depth = 0u;
    if s_cuts != s_stride {
        return true;
    }
    s_cuts = 0u;
    // Half of what the earlier ones leave. A stretch of those that stay is cut anew on the way back, in the rest.
    let room = max((p.snapshots - s_floor) / 2u, 1u);
    if s_taken - s_floor >= room {
        thin();
    }
    let row = kept_row(s_taken);
    s_taken += 1u;
    memory[place(row)] = Cell(s_block);
    memory[place(row + 1u)] = Cell(s_runs);
    if LANES_PART {
        memory[place(row + 2u)] = Cell(s_steps);
        memory[place(row + 3u)] = Cell(s_entries);
    }
    keep_frame(row + SNAPSHOT_STATES);
    return true;
}

// All goes on from the last snapshot, or from the entry.
fn restore() {
    s_floor = s_taken;
    s_stride = 1u;
    s_cuts = 0u;
    s_keeps = 1u;
    s_phase = PHASE_FORWARD;
    s_top = 0u;
    s_depth = 0u;
    s_block = 0u;
    s_steps = 0u;
    s_entries = 0u;
    s_runs = 0u;
    if s_taken > 0u {
        let row = kept_row(s_taken - 1u);
        s_block = word(memory[place(row)]);
        s_runs = word(memory[place(row + 1u)]);
        if LANES_PART {
            s_steps = word(memory[place(row + 2u)]);
            s_entries = word(memory[place(row + 3u)]);
        }
        take_frame(row + SNAPSHOT_STATES);
    }
}

// The stack has been gone down: on to the stretch before, if there is one. Adjoints of what its last block hands on stay
// in their registers.
fn go_back() {
    if !CUTS || s_taken == 0u {
        s_phase = PHASE_FINISHED;
        return;
    }
    s_taken -= 1u;
    s_end = word(memory[place(kept_row(s_taken) + 1u)]);
    s_phase = PHASE_RESTORED;
}

// The lane ends here without a Float.
fn leave(how: u32) {
    s_ended = how;
    s_phase = PHASE_FINISHED;
    atomicAdd(&summary[SUMMARY_WITHOUT], 1u);
}

// The greatest number that any lane has. Most lanes find one that is no smaller there, which costs less than an atomic maximum.
fn note_most(word: u32, number: u32) {
    if number > atomicLoad(&summary[word]) {
        atomicMax(&summary[word], number);
    }
}

// Counts what a block costs; false if that is more than there is, and the lane ends.
fn pays(head: vec4<u32>) -> bool {
    s_runs += 1u;
    if LANES_PART {
        s_steps += min(head.y, NO_END - s_steps);
        s_entries += min(head.z, NO_END - s_entries);
        if s_steps > p.steps || s_entries > p.entries {
            leave(ENDED_LEFT);
            return false;
        }
    }
    return true;
}

//@ functions

@compute @workgroup_size(64)
fn specialized(@builtin(global_invocation_id) at: vec3<u32>) {
    id = at.y * p.row + at.x;
    if id >= p.width {
        return;
    }
    if id == 0u {
        atomicStore(&summary[0], p.stamp);
    }
    lane = p.first + id;
    tile = p.tiles + (id / p.across) * p.tile + id % p.across;
    let z = p.zero;
    //@ columns
    if p.begins != 0u {
        s_end = NO_END;
        s_keeps = 1u;
        s_stride = 1u;
        //@ begin
    } else {
        s_phase = word(memory[state_place(STATE_PHASE)]);
        if s_phase == PHASE_FINISHED {
            return;
        }
        take_states();
    }
    //@ inputs
    var fuel = p.fuel;
    //@ loops
    keep_states(select(ENDING_ROWS, STATE_ROWS, s_phase != PHASE_FINISHED));
    if s_phase != PHASE_FINISHED {
        atomicAdd(&summary[SUMMARY_GOING], 1u);
        return;
    }
    if LANES_PART {
        if s_ended != ENDED_DONE {
            return;
        }
        note_most(SUMMARY_ENTRIES, s_outcome);
    }
    //@ count left
    if GRADIENT {
        //@ results
    }
}
