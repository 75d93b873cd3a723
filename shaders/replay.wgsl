// Replay: packed programs (src/tape/packed.rs says what the instructions are), a lane an invocation, forward and back.
//
// Only what goes from block to block is kept (a frame of the arena, which several may share, and rows of the trail for each block's
// end); other values of a block are computed again on the way back. Where the arena or the trail is full, the lane's frame moves
// to the arena's start and is kept as a snapshot, and stretches between snapshots run again on the way back.
//
// A driver's time to compile follows the places where memory is touched and where operations are written: all rows lie in one buffer, long
// copies are done by the main loop, and what is sent to two operands is sent in a loop that no compiler
// can unroll, for it ends at the run-time zero.
//
// Lines that start with `//@` are replaced by src/wgsl/replay.rs, `cuts` by shaders/cuts.wgsl.

//@ constants

struct Parameters {
    workgroups: u32,
    row: u32,           // workgroups of a row of the dispatch
    fuel: u32,          // instructions of a lane in this slice
    stamp: u32,         // left in `summary[0]`
    zero: u32,          // 0, which no compiler may know
    begins: u32,        // 1 in the first slice
    steps: u32,         // budgets of a lane
    entries: u32,
    gradient: u32,
    frame_rows: u32,    // of the longest frame
    snapshots: u32,     // how many there is room for
    out: u32,           // where rows of each kind start; inputs come first
    state: u32,
    locals: u32,
    bars: u32,
    trail: u32,
    boundary: u32,
    kept: u32,
    arena: u32,
    end: u32,
}

@group(0) @binding(0) var<storage, read> program: array<vec4<u32>>;          // jobs by workgroup, then packed programs
@group(0) @binding(1) var<storage, read_write> memory: array<u32>;           // [row][lane]
@group(0) @binding(2) var<storage, read_write> summary: array<atomic<u32>>;  // stamp, lanes that go on, lanes without a Float, most entries
@group(0) @binding(3) var<uniform> p: Parameters;

//@ functions

var<private> base: u32;     // of the program
//@ lane variables
var<private> s: array<u32, STATES>;

// The first row of a space.
fn origin(space: u32) -> u32 {
    switch space {
        case SPACE_FRAME: { return p.arena + s[STATE_FRAME]; }
        case SPACE_LOCAL: { return p.locals; }
        case SPACE_NEXT: { return p.arena + s[STATE_TOP]; }
        case SPACE_BAR: { return p.bars; }
        case SPACE_LATER: { return p.arena + s[STATE_LATER]; }
        case SPACE_OUT: { return p.out; }
        default: { return 0u; }
    }
}

fn place(row: u32) -> u32 {
    return row * lanes + lane;
}

fn operand(space: u32, index: u32) -> f32 {
    if space == SPACE_CONSTANT {
        let word = s[STATE_CONSTANTS] + index;
        return bitcast<f32>(program[base + (word >> 2u)][word & 3u]);
    }
    return bitcast<f32>(memory[place(origin(space) + index)]);
}

fn evaluate(op: u32, x: f32, y: f32, z: u32) -> f32 {
    var r = x;
    switch op {
        //@ real arms
        default: {}
    }
    if op == OP_MODULO {
        r = floored(r, y, z);
    }
    return r;
}

// What a guard decides: the outcome, and 1 where it refuses to.
fn decide(op: u32, x: f32, y: f32, z: u32) -> vec2<u32> {
    var truth = false;
    switch op {
        //@ truth arms
        default: {}
    }
    if op == OP_EXACT {
        let found = exact_int(x, z);
        return vec2<u32>(found[0], 1u - found[1]);
    }
    let refused = (op == OP_IS_EVEN || op == OP_IS_ODD) && !op_is_integer(x, z);
    return vec2<u32>(select(0u, 1u, truth), select(0u, 1u, refused));
}

fn counts(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) != 0u;
}

//@ cuts
//@ whole

@compute @workgroup_size(64)
fn replay(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let workgroup = group.y * p.row + group.x;
    if workgroup == 0u && local == 0u {
        atomicStore(&summary[0], p.stamp);
    }
    if workgroup >= p.workgroups {
        return;
    }
    let job = program[workgroup];
    if local >= job.y {
        return;
    }
    base = job.x;
    //@ lanes
    let z = p.zero;
    if p.begins != 0u {
        for (var i = 0u; i < STATES + z; i += 1u) {
            s[i] = 0u;
        }
        for (var i = 0u; i <= program[base].y; i += 1u) {
            memory[place(p.out + i)] = 0u;
        }
        s[STATE_PC] = program[base].x;
        s[STATE_END] = 0xffffffffu;
        s[STATE_KEEPS] = p.gradient;
        s[STATE_STRIDE] = 1u;
    } else {
        for (var i = 0u; i < STATES + z; i += 1u) {
            s[i] = memory[place(p.state + i)];
        }
    }
    var fuel = p.fuel;
    loop {
        //@ steps
        if fuel == 0u || s[STATE_PHASE] == PHASE_FINISHED {
            break;
        }
        fuel -= 1u;
        var stored = 0u;
        var row = 0u;
        var is_stored = false;
        //@ copies
        if s[STATE_PHASE] == PHASE_RESTORED {
            restore();
        } else {
            let w = program[base + s[STATE_PC]];
            s[STATE_PC] += 1u;
            let op = w.x & 255u;
            let kind = (w.x >> 8u) & 15u;
            // How the lane ends, if not with a Float; rows that a stretch's end has.
            var ended = ENDED_NO;
            var turning = NOWHERE;
            var x = 0.0f;
            var y = 0.0f;
            if kind <= KIND_DECIDE {
                x = operand((w.x >> 12u) & 7u, w.y & 0xffffu);
                y = operand((w.x >> 15u) & 7u, w.y >> 16u);
            }
            // An operation stands here once: a pull asks for its partner's value in the same place.
            var asked = op;
            var operands = vec2<f32>(x, y);
            var bar = 0.0f;
            if kind == KIND_PULL {
                bar = bitcast<f32>(memory[place(p.bars + (w.z >> 16u))]);
                asked = NOWHERE;
                if counts(bar) {
                    switch op {
                        //@ partner arms
                        default: {}
                    }
                }
            }
            var computed = 0.0f;
            if kind == KIND_EVALUATE || (kind == KIND_PULL && asked != NOWHERE) {
                computed = evaluate(asked, operands.x, operands.y, z);
            }
            switch kind {
                case KIND_EVALUATE: {
                    stored = bitcast<u32>(computed);
                    is_stored = true;
                }
                case KIND_SET: {
                    stored = w.w;
                    is_stored = true;
                }
                case KIND_PULL: {
                    let value = bitcast<f32>(memory[place(origin((w.x >> 18u) & 7u) + (w.z & 0xffffu))]);
                    var x_add = 0.0f;
                    var y_add = 0.0f;
                    if counts(bar) {
                        switch op {
                            //@ pull arms
                            default: {}
                        }
                    }
                    // An adjoint of exactly 0 contributes nothing; a NaN does.
                    for (var i = 0u; i < 2u + z; i += 1u) {
                        let to = (w.w >> (16u * i)) & 0xffffu;
                        if to != NOWHERE {
                            let is_out = (to & TO_OUT) != 0u;
                            let at = place(select(p.bars + to, p.out + (to & ~TO_OUT), is_out));
                            let sent = select(x_add, y_add, i == 1u);
                            if (w.x & (FIRST << i)) != 0u {
                                memory[at] = select(0u, bitcast<u32>(sent), counts(sent));
                            } else if counts(sent) {
                                memory[at] = bitcast<u32>(plus(bitcast<f32>(memory[at]), sent, z));
                            }
                        }
                    }
                }
                case KIND_DECIDE: {
                    let decision = decide(op, x, y, z);
                    let other = program[base + s[STATE_PC]];
                    var way = 0u;
                    if decision.y != 0u {
                        way = other.x;
                    } else {
                        var low = 0u;
                        var high = w.w;
                        while low < high {
                            let middle = (low + high) / 2u;
                            let found = program[base + w.z + middle];
                            if found.x == decision.x {
                                way = found.y;
                                break;
                            }
                            if found.x < decision.x {
                                low = middle + 1u;
                            } else {
                                high = middle;
                            }
                        }
                    }
                    s[STATE_PC] = way;
                    if way == 0u {
                        s[STATE_BLOCK] = other.y;
                        s[STATE_OUTCOME] = decision.x;
                        ended = select(ENDED_STRAY, ENDED_REFUSED, decision.y != 0u);
                    }
                }
                case KIND_BEGIN: {
                    let more = program[base + s[STATE_PC]];
                    let gets = more.w & 0xffffu;
                    let is_full = s[STATE_TOP] + more.z > p.end - p.arena
                        || s[STATE_LENGTH] + (more.w >> 16u) > p.boundary - p.trail;
                    if s[STATE_RUNS] == s[STATE_END] {
                        turning = gets;
                    } else if is_full {
                        // The block begins again behind the cut.
                        s[STATE_PC] -= 1u;
                        ended = cut(gets);
                    } else {
                        s[STATE_TOP] += w.x >> 12u;
                        s[STATE_STEPS] += more.x;
                        s[STATE_ENTRIES] += more.y;
                        s[STATE_RUNS] += 1u;
                        s[STATE_RETURN] = w.z;
                        s[STATE_CONSTANTS] = w.w;
                        s[STATE_PC] = w.y;
                        if s[STATE_STEPS] > p.steps || s[STATE_ENTRIES] > p.entries {
                            ended = ENDED_LEFT;
                        }
                    }
                }
                case KIND_TURN: {
                    s[STATE_PC] = s[STATE_RETURN];
                }
                case KIND_GO, KIND_END: {
                    if p.gradient != 0u {
                        // As much as the trail would grow, so that the stretch fits when it runs again.
                        if s[STATE_KEEPS] != 0u {
                            memory[place(p.trail + s[STATE_LENGTH])] = w.w;
                            memory[place(p.trail + s[STATE_LENGTH] + 1u)] = s[STATE_FRAME];
                        }
                        s[STATE_LENGTH] += 2u;
                    }
                    if kind == KIND_GO {
                        s[STATE_PC] = w.y;
                        s[STATE_FRAME] = select(s[STATE_TOP], s[STATE_FRAME], (w.x & GOES_ON) != 0u);
                        s[STATE_TOP] += w.z;
                    } else if s[STATE_END] == 0xffffffffu {
                        // For the first time.
                        s[STATE_BLOCK] = w.z;
                        s[STATE_END] = s[STATE_RUNS];
                        if w.y != ENDED_DONE {
                            ended = w.y;
                        } else {
                            s[STATE_ENDED] = w.y;
                            s[STATE_OUTCOME] = s[STATE_ENTRIES];
                            atomicMax(&summary[3], s[STATE_ENTRIES]);
                            if p.gradient == 0u {
                                s[STATE_PHASE] = PHASE_FINISHED;
                            } else {
                                turning = 0u;
                            }
                        }
                    } else {
                        turning = 0u;
                    }
                }
                case KIND_RETURN: {
                    s[STATE_RETURN] = s[STATE_PC];
                    s[STATE_PC] = w.y;
                    s[STATE_CONSTANTS] = w.z;
                }
                case KIND_JUMP: {
                    s[STATE_PC] = w.y;
                }
                case KIND_POP: {
                    if s[STATE_LENGTH] == 0u {
                        go_back();
                    } else {
                        s[STATE_LENGTH] -= 2u;
                        s[STATE_PC] = memory[place(p.trail + s[STATE_LENGTH])];
                        s[STATE_LATER] = s[STATE_FRAME];
                        s[STATE_FRAME] = memory[place(p.trail + s[STATE_LENGTH] + 1u)];
                    }
                }
                default: {}
            }
            if is_stored {
                row = origin((w.x >> 18u) & 7u) + w.z;
            }
            if turning != NOWHERE {
                turn_back(turning);
            }
            if ended != ENDED_NO {
                s[STATE_ENDED] = ended;
                s[STATE_PHASE] = PHASE_FINISHED;
                atomicAdd(&summary[2], 1u);
            }
        }
        if is_stored {
            memory[place(row)] = stored;
        }
    }
    for (var i = 0u; i < STATES + z; i += 1u) {
        memory[place(p.state + i)] = s[i];
    }
    if s[STATE_PHASE] != PHASE_FINISHED {
        atomicAdd(&summary[1], 1u);
    }
}
