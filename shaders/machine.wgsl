// The machine: executes instructions, one lane an invocation. Its host twin is src/host/machine.rs, arm by arm.
//
// Lines that start with `//@` are replaced by src/wgsl/machine.rs: constants and layouts from the Rust enums, and the
// arms of the operations from the op table. No formula of an operation stands here.
//
// Compile time on a CPU driver follows the number of static memory accesses, so there is one fetch for each of three
// operands, one place that reads the heap, one that writes it, one that writes the tape and one that writes the stack.

//@ constants

struct Parameters {
    lanes: u32,          // lanes of this dispatch
    row: u32,            // invocations of a row of workgroups
    constants: u32,      // values before the lanes' slots in `stack`
    shared_cells: u32,   // cells before the lanes' cells in `heap`
    stack_size: u32,     // values a lane
    heap_size: u32,      // cells a lane
    tape_size: u32,      // entries a lane
    fuel: u32,           // instructions a lane runs in this slice
    record: u32,         // 1: the tape is written
    steps: u32,          // budgets
    pending: u32,
    cells: u32,
    tape: u32,
    stamp: u32,          // left in `summary[0]`
    zero: u32,           // 0, which no compiler may know
    unused: u32,
}

@group(0) @binding(0) var<storage, read> code: array<vec4<u32>>;             // [instruction], written by the host
@group(0) @binding(1) var<storage, read_write> stack: array<vec2<u32>>;      // constants, then [slot][lane] meta, payload
@group(0) @binding(2) var<storage, read_write> heap: array<vec4<u32>>;       // shared cells, then [cell][lane] two values
@group(0) @binding(3) var<storage, read_write> tape: array<vec4<u32>>;       // [entry][lane] code, a, b, value; read by the adjoint
@group(0) @binding(4) var<storage, read_write> state: array<u32>;            // [field][lane], see `Registers`
@group(0) @binding(5) var<storage, read> inputs: array<u32>;                 // [input][lane] f32 bits, written by the host
@group(0) @binding(6) var<storage, read_write> summary: array<atomic<u32>>;  // stamp, lanes that go on, lanes that ask
@group(0) @binding(7) var<uniform> p: Parameters;

//@ functions

// Is bit `op` of a set of up to 96 operations set?
fn in_set(op: u32, low: u32, middle: u32, high: u32) -> bool {
    let word = select(select(low, middle, op >= 32u), high, op >= 64u);
    return ((word >> (op & 31u)) & 1u) != 0u;
}

fn fetch(word: u32, fp: u32, lane: u32) -> vec2<u32> {
    let slot = p.constants + (fp + word) * p.lanes + lane;
    return stack[select(slot, word & ~CONSTANT, (word & CONSTANT) != 0u)];
}

@compute @workgroup_size(64)
fn machine(@builtin(global_invocation_id) id: vec3<u32>) {
    let lane = id.y * p.row + id.x;
    if lane == 0u {
        atomicStore(&summary[0], p.stamp);
    }
    if lane >= p.lanes {
        return;
    }
    let n = p.lanes;
    var status = state[STATE_STATUS * n + lane];
    if status != RUNNING {
        return;
    }
    let z = p.zero;
    var pc = state[STATE_PC * n + lane];
    var fp = state[STATE_FP * n + lane];
    var count = state[STATE_COUNT * n + lane];
    var list = vec2<u32>(state[STATE_LIST_META * n + lane], state[STATE_LIST_PAYLOAD * n + lane]);
    var heap_top = state[STATE_HEAP * n + lane];
    var tape_top = state[STATE_TAPE * n + lane];
    var steps = state[STATE_STEPS * n + lane];
    var pending = state[STATE_PENDING * n + lane];
    var cells = state[STATE_CELLS * n + lane];
    var place = state[STATE_PLACE * n + lane];
    let input_count = state[STATE_INPUTS * n + lane];
    var fuel = p.fuel;

    loop {
        if fuel == 0u || status != RUNNING {
            break;
        }
        fuel -= 1u;
        let word = code[pc];
        let opcode = word.x & 255u;
        let dst = word.x >> 8u;

        // Operands: what an arm does not use is fetched for nothing, which costs less than a second fetch.
        let is_rest = opcode == OPCODE_Rest;
        let a = fetch(select(word.y, ARGUMENTS + count - 1u, is_rest), fp, lane);
        let b = fetch(select(word.z, ARGUMENTS + count, is_rest), fp, lane);
        var third = word.w;
        if opcode == OPCODE_Call {
            third = dst + CLOSURE;
        } else if opcode == OPCODE_Tail {
            third = CLOSURE;
        }
        let c = fetch(third & ~CONSTANT, fp, lane);

        var next = pc + 1u;
        var stop = RUNNING;
        var result = vec2<u32>(0u, 0u);
        var writes = false;          // `result` goes to register `target_register`
        var target_register = dst;
        var reads_cell = NOT_AT_ALL; // what the cell at `address` is read for
        var address = 0u;
        var half = 0u;
        var allocates = 0u;          // cells from `heap_top`
        var stores_cell = false;     // `cell` goes to `address`
        var cell = vec4<u32>(0u, 0u, 0u, 0u);
        var tapes = 0u;              // flags of a tape entry, TAPES set if there is one
        var value = 0u;              // its value
        var x = a;                   // its operands
        var y = b;
        var objects = 0u;            // how many of the new objects are the program's own
        let which = select(word.w, c.y, opcode == OPCODE_Dynamic) & 255u;

        switch opcode {
            case OPCODE_Operate, OPCODE_Dynamic: {
                writes = true;
                let a_tag = a.x & 15u;
                let b_tag = b.x & 15u;
                let flagged = opcode == OPCODE_Dynamic || (word.w & COUNTED_CELL) != 0u;
                let binary = in_set(which, BINARY_LOW, BINARY_MIDDLE, BINARY_HIGH);
                let arithmetic = in_set(which, ARITHMETIC_LOW, ARITHMETIC_MIDDLE, ARITHMETIC_HIGH);
                let real = in_set(which, REAL_LOW, REAL_MIDDLE, REAL_HIGH);
                let comparison = in_set(which, COMPARE_LOW, COMPARE_MIDDLE, COMPARE_HIGH);
                let test = in_set(which, TEST_LOW, TEST_MIDDLE, TEST_HIGH);
                let ints = a_tag == TAG_Int && (b_tag == TAG_Int || !binary);
                if arithmetic || real || comparison || test {
                    var float_wanted = real;
                    if ints && !real {
                        var outcome = vec2<u32>(0u, IS_INT);
                        var tag = TAG_Int;
                        if arithmetic {
                            switch which {
                                //@ integer arms
                                default: {}
                            }
                        } else {
                            tag = TAG_Bool;
                            var truth = false;
                            switch which {
                                //@ integer comparison arms
                                default: {}
                            }
                            outcome.x = select(0u, 1u, truth);
                            if which == OP_Exact {
                                outcome.x = a.y;
                                tag = TAG_Int;
                            }
                        }
                        result = vec2<u32>(tag, outcome.x);
                        if outcome.y == DIVIDE_BY_ZERO {
                            stop = FAULT_DivideByZero | (2u << 8u);
                        }
                        float_wanted = outcome.y == TAKE_FLOAT;
                    } else {
                        float_wanted = true;
                    }
                    if float_wanted {
                        let a_number = a_tag == TAG_Int || a_tag == TAG_Float;
                        let b_number = b_tag == TAG_Int || b_tag == TAG_Float || !binary;
                        if which == OP_IsInteger && !a_number {
                            result = vec2<u32>(TAG_Bool, 0u);
                        } else if !a_number || !b_number {
                            stop = FAULT_WrongType | (select(2u, 1u, !a_number) << 8u);
                        } else {
                            let f = select(bitcast<f32>(a.y), f32(bitcast<i32>(a.y)), a_tag == TAG_Int);
                            let g = select(bitcast<f32>(b.y), f32(bitcast<i32>(b.y)), b_tag == TAG_Int);
                            x = select(a, vec2<u32>(TAG_Float, bitcast<u32>(f)), a_tag == TAG_Int);
                            y = select(b, vec2<u32>(TAG_Float, bitcast<u32>(g)), b_tag == TAG_Int);
                            if !binary {
                                y = x;
                            }
                            if arithmetic || real {
                                var r = f;
                                switch which {
                                    //@ real arms
                                    default: {}
                                }
                                if which == OP_Modulo {
                                    r = floored(r, g, z);
                                }
                                value = bitcast<u32>(r);
                                result = vec2<u32>(TAG_Float, value);
                                tapes = TAPES;
                                if which == OP_Inexact {
                                    result = x;
                                    tapes = 0u;
                                }
                            } else {
                                var truth = false;
                                switch which {
                                    //@ truth arms
                                    default: {}
                                }
                                value = select(0u, 1u, truth);
                                result = vec2<u32>(TAG_Bool, value);
                                tapes = TAPES | GUARD;
                                if which == OP_Exact {
                                    let exact = exact_int(f, z);
                                    value = exact.x;
                                    result = vec2<u32>(TAG_Int, value);
                                    if exact.y == 0u {
                                        stop = FAULT_WrongType | (1u << 8u);
                                    }
                                }
                                if (which == OP_IsEven || which == OP_IsOdd) && !op_is_integer(f, z) {
                                    stop = FAULT_WrongType | (1u << 8u);
                                }
                            }
                        }
                    }
                } else {
                    switch which {
                        case OP_Car, OP_Cdr: {
                            if a_tag != TAG_Pair {
                                stop = FAULT_WrongType | (1u << 8u);
                            }
                            reads_cell = FOR_HALF;
                            address = a.y;
                            half = select(0u, 1u, which == OP_Cdr);
                        }
                        case OP_Cons, OP_MakeBox: {
                            allocates = 1u;
                            objects = select(0u, 1u, flagged);
                            stores_cell = true;
                            cell = vec4<u32>(a, b);
                            result.x = TAG_Pair;
                            if which == OP_MakeBox {
                                cell = vec4<u32>(TAG_Undefined, 0u, TAG_Undefined, 0u);
                                result.x = TAG_Box;
                            }
                        }
                        case OP_Unbox, OP_BoxSet: {
                            if a_tag != TAG_Box {
                                stop = FAULT_WrongType | (1u << 8u);
                            }
                            address = a.y;
                            if which == OP_Unbox {
                                reads_cell = FOR_CONTENT;
                            } else {
                                stores_cell = true;
                                cell = vec4<u32>(b, TAG_Undefined, 0u);
                                result.x = TAG_Unspecified;
                            }
                        }
                        case OP_MakeVector: {
                            let columns = max(b.y, 1u);
                            allocates = min(1u + a.y * columns, MOST_CELLS);
                            if a.y > MOST_CELLS / columns {
                                allocates = MOST_CELLS;
                            }
                            objects = select(0u, allocates, flagged);
                            stores_cell = true;
                            cell = vec4<u32>(a, b);
                            result.x = TAG_Vector;
                        }
                        case OP_Element, OP_Rows, OP_Columns: {
                            if a_tag != TAG_Vector {
                                stop = FAULT_WrongType | (1u << 8u);
                            }
                            reads_cell = FOR_HALF;
                            address = a.y + select(0u, 1u + b.y, which == OP_Element);
                            half = select(0u, 1u, which == OP_Columns);
                        }
                        case OP_EitherVector: {
                            result = vec2<u32>(TAG_Bool, select(0u, 1u, a_tag == TAG_Vector || b_tag == TAG_Vector));
                        }
                        case OP_Not: {
                            result = vec2<u32>(TAG_Bool, select(0u, 1u, a_tag == TAG_Bool && a.y == 0u));
                        }
                        case OP_Eq, OP_Eqv, OP_StringEqual: {
                            var same = a_tag == b_tag && a.y == b.y;
                            if which == OP_StringEqual && (a_tag != TAG_String || b_tag != TAG_String) {
                                stop = FAULT_WrongType | (select(2u, 1u, a_tag != TAG_String) << 8u);
                            }
                            if a_tag == TAG_Float && b_tag == TAG_Float {
                                let a_nan = (a.y & 0x7fffffffu) > 0x7f800000u;
                                let b_nan = (b.y & 0x7fffffffu) > 0x7f800000u;
                                same = same || (a_nan && b_nan);
                                tapes = TAPES | GUARD;
                            }
                            value = select(0u, 1u, same);
                            result = vec2<u32>(TAG_Bool, value);
                        }
                        case OP_Input: {
                            if a.y >= input_count {
                                stop = FAULT_WrongType | (1u << 8u);
                            }
                            let slot = select(0u, a.y + 1u, p.record != 0u);
                            result = vec2<u32>(TAG_Float | (slot << 4u), inputs[a.y * n + lane]);
                        }
                        case OP_Place: {
                            place = a.y | select(0u, WHOLE, (word.w & HIDES_OPERANDS) != 0u);
                            result.x = TAG_Unspecified;
                        }
                        case OP_Tick: {
                            if steps >= p.steps {
                                stop = FAULT_Steps;
                            } else {
                                steps += 1u;
                            }
                            result.x = TAG_Unspecified;
                        }
                        case OP_Fail: {
                            stop = FAILED;
                        }
                        default: {
                            var tags = 0u;
                            switch which {
                                //@ type test arms
                                default: {}
                            }
                            result = vec2<u32>(TAG_Bool, (tags >> a_tag) & 1u);
                        }
                    }
                }
            }
            case OPCODE_Move: {
                result = a;
                writes = true;
            }
            case OPCODE_Jump: {
                next = word.w;
            }
            case OPCODE_Branch: {
                if (a.x & 15u) == TAG_Bool && a.y == 0u {
                    next = word.w;
                }
            }
            case OPCODE_Switch: {
                let arm = select(dst, min(a.y - word.z, dst), (a.x & 15u) == TAG_Symbol);
                next = word.w + arm;
            }
            case OPCODE_Call, OPCODE_Tail: {
                let is_call = opcode == OPCODE_Call;
                let counts = is_call && (word.y & CALL_PENDING) != 0u;
                if (word.y & CALL_KNOWN) != 0u {
                    next = word.w;
                } else {
                    if (c.x & 15u) != TAG_Closure {
                        stop = FAULT_NotProcedure;
                    }
                    reads_cell = FOR_ENTRY;
                    address = c.y;
                }
                if counts && pending >= p.pending && stop == RUNNING {
                    stop = FAULT_Stack;
                }
                if stop == RUNNING {
                    if is_call {
                        writes = true;
                        result = vec2<u32>(TAG_Return | (dst << 4u) | select(0u, PENDING, counts), pc + 1u);
                        pending += select(0u, 1u, counts);
                    }
                    if (word.y & CALL_SPREAD) == 0u {
                        count = word.z;
                    }
                    if (word.y & CALL_SETS_PLACE) != 0u {
                        place = pc;
                    }
                }
            }
            case OPCODE_Return: {
                result = a;
                writes = true;
                target_register = 0u;
                next = b.y;
            }
            case OPCODE_Enter: {
                let takes_rest = (word.y & ENTER_REST) != 0u;
                if count < word.z || (count > word.z && !takes_rest) {
                    stop = FAULT_Arity;
                } else if fp + max(word.w, ARGUMENTS + count + 1u) > p.stack_size {
                    stop = NEEDS_STACK;
                } else if (word.y & ENTER_COUNTS) != 0u && steps >= p.steps {
                    stop = FAULT_Steps;
                } else {
                    steps += select(0u, 1u, (word.y & ENTER_COUNTS) != 0u);
                    writes = takes_rest;
                    target_register = ARGUMENTS + count;
                    result.x = TAG_Nil;
                }
            }
            case OPCODE_Rest: {
                if count > word.z {
                    allocates = 1u;
                    stores_cell = true;
                    cell = vec4<u32>(a, b);
                    result.x = TAG_Pair;
                    writes = true;
                    target_register = ARGUMENTS + count - 1u;
                    next = pc;
                }
            }
            case OPCODE_List: {
                list = a;
                count = 0u;
            }
            case OPCODE_Spread: {
                let tag = list.x & 15u;
                if tag == TAG_Pair {
                    target_register = dst + count;
                    if fp + target_register + 1u > p.stack_size {
                        stop = NEEDS_STACK;
                    }
                    reads_cell = FOR_ELEMENT;
                    address = list.y;
                    writes = true;
                    next = pc;
                } else if tag != TAG_Nil {
                    stop = FAULT_WrongType;
                }
            }
            case OPCODE_Reserve: {
                allocates = word.z;
                objects = dst;
            }
            case OPCODE_Closure: {
                address = heap_top;
                heap_top += word.z;
                cells += 1u;
                stores_cell = true;
                cell = vec4<u32>(TAG_Int, word.w, a);
                result = vec2<u32>(TAG_Closure | COUNTED, address);
                writes = true;
            }
            case OPCODE_Fill: {
                address = c.y + dst;
                stores_cell = true;
                cell = vec4<u32>(a, b);
            }
            case OPCODE_Put: {
                address = c.y + 1u + a.y;
                stores_cell = true;
                cell = vec4<u32>(b, TAG_Nil, 0u);
                result = c;
                writes = true;
            }
            case OPCODE_Captured: {
                reads_cell = FOR_HALF;
                address = a.y + ((word.w + 1u) >> 1u);
                half = (word.w + 1u) & 1u;
                writes = true;
            }
            case OPCODE_SavePlace: {
                result = vec2<u32>(TAG_Int, place);
                writes = true;
            }
            default: {
                // Halt: the value goes to the first slot of the stack, whatever the frame.
                result = a;
                writes = true;
                target_register = 0u - fp;
                status = DONE;
                next = pc;
            }
        }

        // Room: an instruction that asks for more has changed nothing and runs again.
        if allocates != 0u && stop == RUNNING {
            if objects > 0u && ((cells + objects - 1u) >> 1u) >= p.cells {
                stop = NEEDS_COUNT;
            } else if heap_top + allocates > p.heap_size {
                stop = NEEDS_HEAP;
            } else if stores_cell {
                address = heap_top;
                heap_top += allocates;
                cells += objects;
                result = vec2<u32>(result.x | select(0u, COUNTED, objects > 0u), address);
                count -= select(0u, 1u, is_rest);
            }
        }
        let a_slot = x.x >> 4u;
        let b_slot = y.x >> 4u;
        let tapes_entry = tapes != 0u && (a_slot | b_slot) != 0u && stop == RUNNING;
        if tapes_entry {
            if tape_top > input_count + p.tape {
                stop = FAULT_Tape;
            } else if tape_top >= p.tape_size {
                stop = NEEDS_TAPE;
            }
        }
        if stop != RUNNING {
            status = stop;
            continue;
        }

        // The heap, one place to read and one to write.
        let heap_index = select(p.shared_cells + address * n + lane, address & ~SHARED, (address & SHARED) != 0u);
        if reads_cell != NOT_AT_ALL {
            let found = heap[heap_index];
            switch reads_cell {
                case FOR_HALF: {
                    result = select(found.xy, found.zw, half == 1u);
                }
                case FOR_ENTRY: {
                    next = found.y;
                }
                case FOR_ELEMENT: {
                    result = found.xy;
                    list = found.zw;
                    count += 1u;
                }
                default: {
                    result = found.xy;
                    if (found.x & 15u) == TAG_Undefined {
                        status = FAULT_Unbound;
                        continue;
                    }
                }
            }
        }
        if stores_cell {
            heap[heap_index] = cell;
        }
        if tapes_entry {
            let a_constant = a_slot == 0u;
            let b_constant = b_slot == 0u;
            let flags = (tapes & GUARD) | select(0u, A_CONSTANT, a_constant) | select(0u, B_CONSTANT, b_constant);
            tape[tape_top * n + lane] =
                vec4<u32>(which | flags, select(a_slot, x.y, a_constant), select(b_slot, y.y, b_constant), value);
            if (tapes & GUARD) == 0u {
                result.x |= tape_top << 4u;
            }
            tape_top += 1u;
        }
        if writes {
            stack[p.constants + (fp + target_register) * n + lane] = result;
        }
        if opcode == OPCODE_Call {
            fp += dst;
        } else if opcode == OPCODE_Return {
            fp -= (b.x & ~PENDING) >> 4u;
            pending -= select(0u, 1u, (b.x & PENDING) != 0u);
        }
        pc = next;
    }

    state[STATE_STATUS * n + lane] = status;
    state[STATE_PC * n + lane] = pc;
    state[STATE_FP * n + lane] = fp;
    state[STATE_COUNT * n + lane] = count;
    state[STATE_LIST_META * n + lane] = list.x;
    state[STATE_LIST_PAYLOAD * n + lane] = list.y;
    state[STATE_HEAP * n + lane] = heap_top;
    state[STATE_TAPE * n + lane] = tape_top;
    state[STATE_STEPS * n + lane] = steps;
    state[STATE_PENDING * n + lane] = pending;
    state[STATE_CELLS * n + lane] = cells;
    state[STATE_PLACE * n + lane] = place;
    if status == RUNNING {
        atomicAdd(&summary[1], 1u);
    } else if status >= NEEDS_HEAP && status <= NEEDS_COUNT {
        atomicAdd(&summary[2], 1u);
    }
}
