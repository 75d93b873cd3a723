// The machine: executes instructions, one lane an invocation. Its host twin is src/host/machine.rs, arm by arm.
//
// Lines that start with `//@` are replaced by src/wgsl/machine.rs: constants and layouts from the Rust enums, and the
// arms of the operations from the op table. No formula of an operation stands here.
//
// Compile time on a CPU driver follows the number of static memory accesses, so there is one fetch for each of three
// operands, one place that reads the heap, one that writes it, one that writes the tape and one that writes the stack.

const TAG_Nil: u32 = 0u;
const TAG_Bool: u32 = 1u;
const TAG_Int: u32 = 2u;
const TAG_Float: u32 = 3u;
const TAG_Char: u32 = 4u;
const TAG_Symbol: u32 = 5u;
const TAG_Pair: u32 = 6u;
const TAG_String: u32 = 7u;
const TAG_Closure: u32 = 8u;
const TAG_Vector: u32 = 9u;
const TAG_Unspecified: u32 = 10u;
const TAG_Box: u32 = 11u;
const TAG_Undefined: u32 = 12u;
const TAG_Return: u32 = 13u;
const OPCODE_Halt: u32 = 0u;
const OPCODE_Move: u32 = 1u;
const OPCODE_Operate: u32 = 2u;
const OPCODE_Dynamic: u32 = 3u;
const OPCODE_Jump: u32 = 4u;
const OPCODE_Branch: u32 = 5u;
const OPCODE_Switch: u32 = 6u;
const OPCODE_Call: u32 = 7u;
const OPCODE_Tail: u32 = 8u;
const OPCODE_Return: u32 = 9u;
const OPCODE_Enter: u32 = 10u;
const OPCODE_Rest: u32 = 11u;
const OPCODE_List: u32 = 12u;
const OPCODE_Spread: u32 = 13u;
const OPCODE_Reserve: u32 = 14u;
const OPCODE_Closure: u32 = 15u;
const OPCODE_Fill: u32 = 16u;
const OPCODE_Put: u32 = 17u;
const OPCODE_Captured: u32 = 18u;
const OPCODE_SavePlace: u32 = 19u;
const OP_Add: u32 = 0u;
const OP_Sub: u32 = 1u;
const OP_Mul: u32 = 2u;
const OP_Div: u32 = 3u;
const OP_Neg: u32 = 4u;
const OP_Abs: u32 = 5u;
const OP_Min: u32 = 6u;
const OP_Max: u32 = 7u;
const OP_Quotient: u32 = 8u;
const OP_Remainder: u32 = 9u;
const OP_Modulo: u32 = 10u;
const OP_Square: u32 = 11u;
const OP_Expt: u32 = 12u;
const OP_Floor: u32 = 13u;
const OP_Ceiling: u32 = 14u;
const OP_Round: u32 = 15u;
const OP_Truncate: u32 = 16u;
const OP_Exact: u32 = 17u;
const OP_Inexact: u32 = 18u;
const OP_Attach: u32 = 19u;
const OP_Pow: u32 = 20u;
const OP_Sqrt: u32 = 21u;
const OP_Exp: u32 = 22u;
const OP_Log: u32 = 23u;
const OP_LogBase: u32 = 24u;
const OP_Sin: u32 = 25u;
const OP_Cos: u32 = 26u;
const OP_Tan: u32 = 27u;
const OP_Asin: u32 = 28u;
const OP_Acos: u32 = 29u;
const OP_Atan: u32 = 30u;
const OP_Atan2: u32 = 31u;
const OP_Sinh: u32 = 32u;
const OP_Cosh: u32 = 33u;
const OP_Tanh: u32 = 34u;
const OP_Sigmoid: u32 = 35u;
const OP_Erf: u32 = 36u;
const OP_Lgamma: u32 = 37u;
const OP_Equal: u32 = 38u;
const OP_Less: u32 = 39u;
const OP_Greater: u32 = 40u;
const OP_LessEqual: u32 = 41u;
const OP_GreaterEqual: u32 = 42u;
const OP_IsZero: u32 = 43u;
const OP_IsPositive: u32 = 44u;
const OP_IsNegative: u32 = 45u;
const OP_IsEven: u32 = 46u;
const OP_IsOdd: u32 = 47u;
const OP_IsNan: u32 = 48u;
const OP_IsInteger: u32 = 49u;
const OP_IsRegular: u32 = 50u;
const OP_IsNumber: u32 = 51u;
const OP_IsInt: u32 = 52u;
const OP_IsNumeric: u32 = 53u;
const OP_IsNull: u32 = 54u;
const OP_IsBoolean: u32 = 55u;
const OP_IsChar: u32 = 56u;
const OP_IsSymbol: u32 = 57u;
const OP_IsPair: u32 = 58u;
const OP_IsString: u32 = 59u;
const OP_IsProcedure: u32 = 60u;
const OP_IsVector: u32 = 61u;
const OP_EitherVector: u32 = 62u;
const OP_Eq: u32 = 63u;
const OP_Eqv: u32 = 64u;
const OP_StringEqual: u32 = 65u;
const OP_Not: u32 = 66u;
const OP_Cons: u32 = 67u;
const OP_Car: u32 = 68u;
const OP_Cdr: u32 = 69u;
const OP_MakeBox: u32 = 70u;
const OP_BoxSet: u32 = 71u;
const OP_Unbox: u32 = 72u;
const OP_MakeVector: u32 = 73u;
const OP_Element: u32 = 74u;
const OP_Put: u32 = 75u;
const OP_Rows: u32 = 76u;
const OP_Columns: u32 = 77u;
const OP_Product: u32 = 78u;
const OP_Inverse: u32 = 79u;
const OP_Solution: u32 = 80u;
const OP_Determinant: u32 = 81u;
const OP_LogDeterminant: u32 = 82u;
const OP_Part: u32 = 83u;
const OP_Input: u32 = 84u;
const OP_Place: u32 = 85u;
const OP_Tick: u32 = 86u;
const OP_Fail: u32 = 87u;
const FAULT_Unbound: u32 = 16u;
const FAULT_NotProcedure: u32 = 17u;
const FAULT_Arity: u32 = 18u;
const FAULT_WrongType: u32 = 19u;
const FAULT_Index: u32 = 20u;
const FAULT_DivideByZero: u32 = 21u;
const FAULT_Singular: u32 = 22u;
const FAULT_User: u32 = 23u;
const FAULT_Steps: u32 = 24u;
const FAULT_Stack: u32 = 25u;
const FAULT_Heap: u32 = 26u;
const FAULT_Tape: u32 = 27u;
const FAULT_NonFinite: u32 = 28u;
const STATE_STATUS: u32 = 0u;
const STATE_PC: u32 = 1u;
const STATE_FP: u32 = 2u;
const STATE_COUNT: u32 = 3u;
const STATE_LIST_META: u32 = 4u;
const STATE_LIST_PAYLOAD: u32 = 5u;
const STATE_HEAP: u32 = 6u;
const STATE_TAPE: u32 = 7u;
const STATE_STEPS: u32 = 8u;
const STATE_PENDING: u32 = 9u;
const STATE_CELLS: u32 = 10u;
const STATE_PLACE: u32 = 11u;
const STATE_INPUTS: u32 = 12u;
const NOT_AT_ALL: u32 = 0u;
const FOR_HALF: u32 = 1u;
const FOR_ENTRY: u32 = 2u;
const FOR_ELEMENT: u32 = 3u;
const FOR_CONTENT: u32 = 4u;
const ARITHMETIC_LOW: u32 = 131071u;
const ARITHMETIC_MIDDLE: u32 = 0u;
const ARITHMETIC_HIGH: u32 = 0u;
const REAL_LOW: u32 = 4294705152u;
const REAL_MIDDLE: u32 = 63u;
const REAL_HIGH: u32 = 0u;
const COMPARE_LOW: u32 = 0u;
const COMPARE_MIDDLE: u32 = 1984u;
const COMPARE_HIGH: u32 = 0u;
const TEST_LOW: u32 = 131072u;
const TEST_MIDDLE: u32 = 522240u;
const TEST_HIGH: u32 = 0u;
const BINARY_LOW: u32 = 2165839823u;
const BINARY_MIDDLE: u32 = 3221227456u;
const BINARY_HIGH: u32 = 8472203u;
const RUNNING: u32 = 0u;
const DONE: u32 = 1u;
const NEEDS_HEAP: u32 = 2u;
const NEEDS_STACK: u32 = 3u;
const NEEDS_TAPE: u32 = 4u;
const NEEDS_COUNT: u32 = 5u;
const FAILED: u32 = 15u;
const IS_INT: u32 = 0u;
const TAKE_FLOAT: u32 = 1u;
const DIVIDE_BY_ZERO: u32 = 2u;
const ARGUMENTS: u32 = 2u;
const CLOSURE: u32 = 1u;
const CONSTANT: u32 = 2147483648u;
const COUNTED_CELL: u32 = 256u;
const CALL_KNOWN: u32 = 4u;
const CALL_PENDING: u32 = 1u;
const CALL_SETS_PLACE: u32 = 2u;
const CALL_SPREAD: u32 = 8u;
const ENTER_COUNTS: u32 = 1u;
const ENTER_REST: u32 = 2u;
const HIDES_OPERANDS: u32 = 512u;
const WHOLE: u32 = 1073741824u;
const SHARED: u32 = 2147483648u;
const PENDING: u32 = 2147483648u;
const MOST_CELLS: u32 = 1073741824u;
const COUNTED: u32 = 16u;
const A_CONSTANT: u32 = 256u;
const B_CONSTANT: u32 = 512u;
const GUARD: u32 = 1024u;
const TAPES: u32 = 2048u;

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

fn op_add(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x + y;
    return t1;
}

fn op_sub(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x - y;
    return t1;
}

fn op_mul(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x * y;
    return t1;
}

fn op_div(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x / y;
    return t1;
}

fn op_neg(x: f32, z: u32) -> f32 {
    let t1 = -x;
    return t1;
}

fn op_abs(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    return t1;
}

fn op_min(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x < y;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = t1 | t2;
    let t4 = select(y, x, t3);
    return t4;
}

fn op_max(x: f32, y: f32, z: u32) -> f32 {
    let t1 = y < x;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = t1 | t2;
    let t4 = select(y, x, t3);
    return t4;
}

fn op_quotient(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x / y;
    let t2 = trunc(t1);
    let t3 = bitcast<f32>(bitcast<u32>(t2) & u32(0x7fffffffu));
    let t4 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t5 = 1.0f < t4;
    let t6 = select(1.8446744e19f, 9.094947e-13f, t5);
    let t7 = t4 * t6;
    let t8 = bitcast<f32>(bitcast<u32>(y) & u32(0x7fffffffu));
    let t9 = t8 * t6;
    let t10 = bitcast<u32>(t9);
    let t11 = t10 & 4294963200u;
    let t12 = bitcast<f32>(t11);
    let t13 = bitcast<u32>(t3);
    let t14 = t13 & 4294963200u;
    let t15 = bitcast<f32>(t14);
    let t16 = t9 - t12;
    let t17 = t3 - t15;
    let t18 = t15 * t12;
    let t19 = t7 - t18;
    let t20 = t15 * t16;
    let t21 = t19 - t20;
    let t22 = t17 * t12;
    let t23 = t21 - t22;
    let t24 = t17 * t16;
    let t25 = t23 - t24;
    let t26 = t25 < 0.0f;
    let t27 = t3 < 16777216.0f;
    let t28 = t26 & t27;
    let t29 = t3 - 1.0f;
    let t30 = bitcast<f32>(bitcast<u32>(t29) & u32(0x7fffffffu));
    let t31 = bitcast<u32>(t1) >= u32(0x80000000u);
    let t32 = -t30;
    let t33 = select(t30, t32, t31);
    let t34 = select(t2, t33, t28);
    return t34;
}

fn op_remainder(x: f32, y: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = bitcast<f32>(bitcast<u32>(y) & u32(0x7fffffffu));
    let t3 = t1 < 1.1754944e-38f;
    let t4 = t1 * 16777216.0f;
    let t5 = select(t1, t4, t3);
    let t6 = bitcast<u32>(t5);
    let t7 = t6 >> 23u;
    let t8 = select(0u, 24u, t3);
    let t9 = t7 - t8;
    let t10 = t6 & 8388607u;
    let t11 = t10 | 8388608u;
    let t12 = t2 < 1.1754944e-38f;
    let t13 = t2 * 16777216.0f;
    let t14 = select(t2, t13, t12);
    let t15 = bitcast<u32>(t14);
    let t16 = t15 >> 23u;
    let t17 = select(0u, 24u, t12);
    let t18 = t16 - t17;
    let t19 = t15 & 8388607u;
    let t20 = t19 | 8388608u;
    let t21 = t9 - t18;
    let t22 = bitcast<i32>(t21) < bitcast<i32>(0u);
    let t23 = select(t21, 0u, t22);
    let t24 = t23 >> 3u;
    let t25 = t11 % t20;
    let t26 = t23 & 7u;
    let t27 = t25 << t26;
    let t28 = t27 % t20;
    let t29 = 0u < t24;
    let t30 = t28 << 8u;
    let t31 = t30 % t20;
    let t32 = select(t28, t31, t29);
    let t33 = 1u < t24;
    let t34 = t32 << 8u;
    let t35 = t34 % t20;
    let t36 = select(t32, t35, t33);
    let t37 = 2u < t24;
    let t38 = t36 << 8u;
    let t39 = t38 % t20;
    let t40 = select(t36, t39, t37);
    let t41 = 3u < t24;
    let t42 = t40 << 8u;
    let t43 = t42 % t20;
    let t44 = select(t40, t43, t41);
    let t45 = 4u < t24;
    let t46 = t44 << 8u;
    let t47 = t46 % t20;
    let t48 = select(t44, t47, t45);
    let t49 = 5u < t24;
    let t50 = t48 << 8u;
    let t51 = t50 % t20;
    let t52 = select(t48, t51, t49);
    let t53 = 6u < t24;
    let t54 = t52 << 8u;
    let t55 = t54 % t20;
    let t56 = select(t52, t55, t53);
    let t57 = 7u < t24;
    let t58 = t56 << 8u;
    let t59 = t58 % t20;
    let t60 = select(t56, t59, t57);
    let t61 = 8u < t24;
    let t62 = t60 << 8u;
    let t63 = t62 % t20;
    let t64 = select(t60, t63, t61);
    let t65 = 9u < t24;
    let t66 = t64 << 8u;
    let t67 = t66 % t20;
    let t68 = select(t64, t67, t65);
    let t69 = 10u < t24;
    let t70 = t68 << 8u;
    let t71 = t70 % t20;
    let t72 = select(t68, t71, t69);
    let t73 = 11u < t24;
    let t74 = t72 << 8u;
    let t75 = t74 % t20;
    let t76 = select(t72, t75, t73);
    let t77 = 12u < t24;
    let t78 = t76 << 8u;
    let t79 = t78 % t20;
    let t80 = select(t76, t79, t77);
    let t81 = 13u < t24;
    let t82 = t80 << 8u;
    let t83 = t82 % t20;
    let t84 = select(t80, t83, t81);
    let t85 = 14u < t24;
    let t86 = t84 << 8u;
    let t87 = t86 % t20;
    let t88 = select(t84, t87, t85);
    let t89 = 15u < t24;
    let t90 = t88 << 8u;
    let t91 = t90 % t20;
    let t92 = select(t88, t91, t89);
    let t93 = 16u < t24;
    let t94 = t92 << 8u;
    let t95 = t94 % t20;
    let t96 = select(t92, t95, t93);
    let t97 = 17u < t24;
    let t98 = t96 << 8u;
    let t99 = t98 % t20;
    let t100 = select(t96, t99, t97);
    let t101 = 18u < t24;
    let t102 = t100 << 8u;
    let t103 = t102 % t20;
    let t104 = select(t100, t103, t101);
    let t105 = 19u < t24;
    let t106 = t104 << 8u;
    let t107 = t106 % t20;
    let t108 = select(t104, t107, t105);
    let t109 = 20u < t24;
    let t110 = t108 << 8u;
    let t111 = t110 % t20;
    let t112 = select(t108, t111, t109);
    let t113 = 21u < t24;
    let t114 = t112 << 8u;
    let t115 = t114 % t20;
    let t116 = select(t112, t115, t113);
    let t117 = 22u < t24;
    let t118 = t116 << 8u;
    let t119 = t118 % t20;
    let t120 = select(t116, t119, t117);
    let t121 = 23u < t24;
    let t122 = t120 << 8u;
    let t123 = t122 % t20;
    let t124 = select(t120, t123, t121);
    let t125 = 24u < t24;
    let t126 = t124 << 8u;
    let t127 = t126 % t20;
    let t128 = select(t124, t127, t125);
    let t129 = 25u < t24;
    let t130 = t128 << 8u;
    let t131 = t130 % t20;
    let t132 = select(t128, t131, t129);
    let t133 = 26u < t24;
    let t134 = t132 << 8u;
    let t135 = t134 % t20;
    let t136 = select(t132, t135, t133);
    let t137 = 27u < t24;
    let t138 = t136 << 8u;
    let t139 = t138 % t20;
    let t140 = select(t136, t139, t137);
    let t141 = 28u < t24;
    let t142 = t140 << 8u;
    let t143 = t142 % t20;
    let t144 = select(t140, t143, t141);
    let t145 = 29u < t24;
    let t146 = t144 << 8u;
    let t147 = t146 % t20;
    let t148 = select(t144, t147, t145);
    let t149 = 30u < t24;
    let t150 = t148 << 8u;
    let t151 = t150 % t20;
    let t152 = select(t148, t151, t149);
    let t153 = 31u < t24;
    let t154 = t152 << 8u;
    let t155 = t154 % t20;
    let t156 = select(t152, t155, t153);
    let t157 = 32u < t24;
    let t158 = t156 << 8u;
    let t159 = t158 % t20;
    let t160 = select(t156, t159, t157);
    let t161 = 33u < t24;
    let t162 = t160 << 8u;
    let t163 = t162 % t20;
    let t164 = select(t160, t163, t161);
    let t165 = t18 - 150u;
    let t166 = bitcast<u32>(bitcast<i32>(t165) >> 1u);
    let t167 = f32(bitcast<i32>(t164));
    let t168 = t166 + 127u;
    let t169 = t168 << 23u;
    let t170 = bitcast<f32>(t169);
    let t171 = t167 * t170;
    let t172 = t165 - t166;
    let t173 = t172 + 127u;
    let t174 = t173 << 23u;
    let t175 = bitcast<f32>(t174);
    let t176 = t171 * t175;
    let t177 = t1 < t2;
    let t178 = select(t176, t1, t177);
    let t179 = bitcast<f32>(bitcast<u32>(t178) & u32(0x7fffffffu));
    let t180 = bitcast<u32>(x) >= u32(0x80000000u);
    let t181 = -t179;
    let t182 = select(t179, t181, t180);
    let t183 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t184 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t185 = t183 | t184;
    let t186 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t187 = t185 | t186;
    let t188 = t2 == 0.0f;
    let t189 = t187 | t188;
    let t190 = select(t182, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t189);
    return t190;
}

fn op_square(x: f32, z: u32) -> f32 {
    let t1 = x * x;
    return t1;
}

fn op_floor(x: f32, z: u32) -> f32 {
    let t1 = floor(x);
    return t1;
}

fn op_ceiling(x: f32, z: u32) -> f32 {
    let t1 = ceil(x);
    return t1;
}

fn op_round(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = floor(t1);
    let t3 = t1 - t2;
    let t4 = t2 * 0.5f;
    let t5 = floor(t4);
    let t6 = t5 == t4;
    let t7 = !t6;
    let t8 = 0.5f < t3;
    let t9 = t3 == 0.5f;
    let t10 = t9 & t7;
    let t11 = t8 | t10;
    let t12 = t2 + 1.0f;
    let t13 = select(t2, t12, t11);
    let t14 = bitcast<f32>(bitcast<u32>(t13) & u32(0x7fffffffu));
    let t15 = bitcast<u32>(x) >= u32(0x80000000u);
    let t16 = -t14;
    let t17 = select(t14, t16, t15);
    return t17;
}

fn op_truncate(x: f32, z: u32) -> f32 {
    let t1 = trunc(x);
    return t1;
}

fn op_pow(x: f32, y: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = t1 < 1.1754944e-38f;
    let t3 = t1 * 16777216.0f;
    let t4 = select(t1, t3, t2);
    let t5 = bitcast<u32>(t4);
    let t6 = t5 - 1063105495u;
    let t7 = bitcast<u32>(bitcast<i32>(t6) >> 23u);
    let t8 = t7 << 23u;
    let t9 = t5 - t8;
    let t10 = bitcast<f32>(t9);
    let t11 = f32(bitcast<i32>(t7));
    let t12 = select(0.0f, 24.0f, t2);
    let t13 = t11 - t12;
    let t14 = 1.2247449f < t10;
    let t15 = select(1.0f, 1.5f, t14);
    let t16 = t10 - t15;
    let t17 = t10 + t15;
    let t18 = bitcast<u32>(t17);
    let t19 = t18 & 4294963200u;
    let t20 = bitcast<f32>(t19);
    let t21 = t20 - t15;
    let t22 = t10 - t21;
    let t23 = t16 / t17;
    let t24 = bitcast<u32>(t23);
    let t25 = t24 & 4294963200u;
    let t26 = bitcast<f32>(t25);
    let t27 = t26 * t20;
    let t28 = t16 - t27;
    let t29 = t26 * t22;
    let t30 = t28 - t29;
    let t31 = t30 / t17;
    let t32 = t23 * t23;
    let t33 = 0.28967425f * t32;
    let t34 = t33 + 0.39998066f;
    let t35 = t34 * t32;
    let t36 = t35 + 0.6666667f;
    let t37 = t26 + t26;
    let t38 = t31 + t31;
    let t39 = t32 * t36;
    let t40 = t23 * t39;
    let t41 = t38 + t40;
    let t42 = t37 * 1.4423828f;
    let t43 = t41 * 1.442695f;
    let t44 = t37 * 0.0003122284f;
    let t45 = t43 + t44;
    let t46 = t42 + t45;
    let t47 = t46 - t42;
    let t48 = t45 - t47;
    let t49 = select(0.0f, 1.5632212e-6f, t14);
    let t50 = t48 + t49;
    let t51 = select(0.0f, 0.58496094f, t14);
    let t52 = t13 + t51;
    let t53 = t52 + t46;
    let t54 = t52 - t53;
    let t55 = t54 + t46;
    let t56 = bitcast<u32>(t53);
    let t57 = t56 & 4294963200u;
    let t58 = bitcast<f32>(t57);
    let t59 = t53 - t58;
    let t60 = t55 + t50;
    let t61 = t59 + t60;
    let t62 = bitcast<f32>(bitcast<u32>(y) & u32(0x7fffffffu));
    let t63 = 4294967300.0f < t62;
    let t64 = bitcast<f32>(bitcast<u32>(4294967300.0f) & u32(0x7fffffffu));
    let t65 = bitcast<u32>(y) >= u32(0x80000000u);
    let t66 = -t64;
    let t67 = select(t64, t66, t65);
    let t68 = select(y, t67, t63);
    let t69 = bitcast<u32>(t68);
    let t70 = t69 & 4294963200u;
    let t71 = bitcast<f32>(t70);
    let t72 = t71 * t58;
    let t73 = t68 - t71;
    let t74 = t73 * t58;
    let t75 = t68 * t61;
    let t76 = t74 + t75;
    let t77 = bitcast<f32>(bitcast<u32>(t72) & u32(0x7fffffffu));
    let t78 = 160.0f < t77;
    let t79 = bitcast<f32>(bitcast<u32>(160.0f) & u32(0x7fffffffu));
    let t80 = bitcast<u32>(t72) >= u32(0x80000000u);
    let t81 = -t79;
    let t82 = select(t79, t81, t80);
    let t83 = select(t72, t82, t78);
    let t84 = select(t76, 0.0f, t78);
    let t85 = t83 + t84;
    let t86 = t85 + 0.5f;
    let t87 = floor(t86);
    let t88 = t83 - t87;
    let t89 = t88 + t84;
    let t90 = 0.00015238006f * t89;
    let t91 = t90 + 0.0013391137f;
    let t92 = t91 * t89;
    let t93 = t92 + 0.009618841f;
    let t94 = t93 * t89;
    let t95 = t94 + 0.055503592f;
    let t96 = t95 * t89;
    let t97 = t96 + 0.24022645f;
    let t98 = t97 * t89;
    let t99 = t98 + 0.6931472f;
    let t100 = t89 * t99;
    let t101 = 1.0f + t100;
    let t102 = bitcast<u32>(i32(t87));
    let t103 = bitcast<u32>(bitcast<i32>(t102) >> 1u);
    let t104 = t103 + 127u;
    let t105 = t104 << 23u;
    let t106 = bitcast<f32>(t105);
    let t107 = t101 * t106;
    let t108 = t102 - t103;
    let t109 = t108 + 127u;
    let t110 = t109 << 23u;
    let t111 = bitcast<f32>(t110);
    let t112 = t107 * t111;
    let t113 = y * 0.5f;
    let t114 = floor(y);
    let t115 = t114 == y;
    let t116 = floor(t113);
    let t117 = t116 == t113;
    let t118 = !t117;
    let t119 = t115 & t118;
    let t120 = t1 == 0.0f;
    let t121 = (bitcast<u32>(t1) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t122 = y < 0.0f;
    let t123 = !t122;
    let t124 = t120 & t123;
    let t125 = t121 & t122;
    let t126 = t124 | t125;
    let t127 = select(bitcast<f32>(u32(0x7f800000u) ^ u32(z)), 0.0f, t126);
    let t128 = t120 | t121;
    let t129 = select(t112, t127, t128);
    let t130 = bitcast<u32>(x) >= u32(0x80000000u);
    let t131 = t130 & t119;
    let t132 = -t129;
    let t133 = select(t129, t132, t131);
    let t134 = x < 0.0f;
    let t135 = !t115;
    let t136 = t134 & t135;
    let t137 = !t121;
    let t138 = t136 & t137;
    let t139 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t140 = t138 | t139;
    let t141 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t142 = t140 | t141;
    let t143 = select(t133, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t142);
    let t144 = y == 0.0f;
    let t145 = x == 1.0f;
    let t146 = t144 | t145;
    let t147 = select(t143, 1.0f, t146);
    return t147;
}

fn op_sqrt(x: f32, z: u32) -> f32 {
    let t1 = sqrt(x);
    return t1;
}

fn op_exp(x: f32, z: u32) -> f32 {
    let t1 = x < (-105.0f);
    let t2 = select(x, (-105.0f), t1);
    let t3 = 91.0f < t2;
    let t4 = select(t2, 91.0f, t3);
    let t5 = t4 * 1.442695f;
    let t6 = t5 + 0.5f;
    let t7 = floor(t6);
    let t8 = t7 * 0.69314575f;
    let t9 = t4 - t8;
    let t10 = t7 * 1.4286068e-6f;
    let t11 = t9 - t10;
    let t12 = t11 * t11;
    let t13 = 0.0013746555f * t11;
    let t14 = t13 + 0.008369131f;
    let t15 = t14 * t11;
    let t16 = t15 + 0.04166964f;
    let t17 = t16 * t11;
    let t18 = t17 + 0.16666517f;
    let t19 = t18 * t11;
    let t20 = t19 + 0.49999988f;
    let t21 = t12 * t20;
    let t22 = t11 + t21;
    let t23 = 1.0f + t22;
    let t24 = bitcast<u32>(i32(t7));
    let t25 = t24 + 0u;
    let t26 = bitcast<u32>(bitcast<i32>(t25) >> 1u);
    let t27 = t26 + 127u;
    let t28 = t27 << 23u;
    let t29 = bitcast<f32>(t28);
    let t30 = t23 * t29;
    let t31 = t25 - t26;
    let t32 = t31 + 127u;
    let t33 = t32 << 23u;
    let t34 = bitcast<f32>(t33);
    let t35 = t30 * t34;
    return t35;
}

fn op_log(x: f32, z: u32) -> f32 {
    let t1 = x < 1.1754944e-38f;
    let t2 = x * 16777216.0f;
    let t3 = select(x, t2, t1);
    let t4 = bitcast<u32>(t3);
    let t5 = t4 - 1060439283u;
    let t6 = bitcast<u32>(bitcast<i32>(t5) >> 23u);
    let t7 = t6 << 23u;
    let t8 = t4 - t7;
    let t9 = bitcast<f32>(t8);
    let t10 = f32(bitcast<i32>(t6));
    let t11 = select(0.0f, 24.0f, t1);
    let t12 = t10 - t11;
    let t13 = t9 - 1.0f;
    let t14 = 2.0f + t13;
    let t15 = t13 / t14;
    let t16 = t15 * t15;
    let t17 = 0.29857206f * t16;
    let t18 = t17 + 0.3997818f;
    let t19 = t18 * t16;
    let t20 = t19 + 0.6666677f;
    let t21 = 0.5f * t13;
    let t22 = t21 * t13;
    let t23 = t16 * t20;
    let t24 = t22 + t23;
    let t25 = t15 * t24;
    let t26 = t12 * 1.4286068e-6f;
    let t27 = t25 + t26;
    let t28 = t12 * 0.69314575f;
    let t29 = t22 - t27;
    let t30 = t29 - t13;
    let t31 = t28 - t30;
    let t32 = x == 0.0f;
    let t33 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t34 = x < 0.0f;
    let t35 = t33 | t34;
    let t36 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t37 = select(t31, x, t36);
    let t38 = select(t37, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t35);
    let t39 = select(t38, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t32);
    return t39;
}

fn op_log_base(x: f32, y: f32, z: u32) -> f32 {
    let t1 = x < 1.1754944e-38f;
    let t2 = x * 16777216.0f;
    let t3 = select(x, t2, t1);
    let t4 = bitcast<u32>(t3);
    let t5 = t4 - 1060439283u;
    let t6 = bitcast<u32>(bitcast<i32>(t5) >> 23u);
    let t7 = t6 << 23u;
    let t8 = t4 - t7;
    let t9 = bitcast<f32>(t8);
    let t10 = f32(bitcast<i32>(t6));
    let t11 = select(0.0f, 24.0f, t1);
    let t12 = t10 - t11;
    let t13 = t9 - 1.0f;
    let t14 = 2.0f + t13;
    let t15 = t13 / t14;
    let t16 = t15 * t15;
    let t17 = 0.29857206f * t16;
    let t18 = t17 + 0.3997818f;
    let t19 = t18 * t16;
    let t20 = t19 + 0.6666677f;
    let t21 = 0.5f * t13;
    let t22 = t21 * t13;
    let t23 = t16 * t20;
    let t24 = t22 + t23;
    let t25 = t15 * t24;
    let t26 = t12 * 1.4286068e-6f;
    let t27 = t25 + t26;
    let t28 = t12 * 0.69314575f;
    let t29 = t22 - t27;
    let t30 = t29 - t13;
    let t31 = t28 - t30;
    let t32 = x == 0.0f;
    let t33 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t34 = x < 0.0f;
    let t35 = t33 | t34;
    let t36 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t37 = select(t31, x, t36);
    let t38 = select(t37, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t35);
    let t39 = select(t38, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t32);
    let t40 = y < 1.1754944e-38f;
    let t41 = y * 16777216.0f;
    let t42 = select(y, t41, t40);
    let t43 = bitcast<u32>(t42);
    let t44 = t43 - 1060439283u;
    let t45 = bitcast<u32>(bitcast<i32>(t44) >> 23u);
    let t46 = t45 << 23u;
    let t47 = t43 - t46;
    let t48 = bitcast<f32>(t47);
    let t49 = f32(bitcast<i32>(t45));
    let t50 = select(0.0f, 24.0f, t40);
    let t51 = t49 - t50;
    let t52 = t48 - 1.0f;
    let t53 = 2.0f + t52;
    let t54 = t52 / t53;
    let t55 = t54 * t54;
    let t56 = 0.29857206f * t55;
    let t57 = t56 + 0.3997818f;
    let t58 = t57 * t55;
    let t59 = t58 + 0.6666677f;
    let t60 = 0.5f * t52;
    let t61 = t60 * t52;
    let t62 = t55 * t59;
    let t63 = t61 + t62;
    let t64 = t54 * t63;
    let t65 = t51 * 1.4286068e-6f;
    let t66 = t64 + t65;
    let t67 = t51 * 0.69314575f;
    let t68 = t61 - t66;
    let t69 = t68 - t52;
    let t70 = t67 - t69;
    let t71 = y == 0.0f;
    let t72 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t73 = y < 0.0f;
    let t74 = t72 | t73;
    let t75 = (bitcast<u32>(y) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t76 = select(t70, y, t75);
    let t77 = select(t76, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t74);
    let t78 = select(t77, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t71);
    let t79 = t39 / t78;
    return t79;
}

fn op_sin(x: f32, z: u32) -> f32 {
    let t1 = x * 0.15915494f;
    let t2 = floor(t1);
    let t3 = t1 - t2;
    let t4 = t3 * 6.2831855f;
    let t5 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t6 = 100000.0f < t5;
    let t7 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t8 = select(x, t4, t6);
    let t9 = select(t8, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t7);
    let t10 = t9 * 0.63661975f;
    let t11 = t10 + 0.5f;
    let t12 = floor(t11);
    let t13 = t12 * 1.5703125f;
    let t14 = t9 - t13;
    let t15 = t12 * 0.0004825592f;
    let t16 = t14 - t15;
    let t17 = t12 * 1.2516975e-6f;
    let t18 = t16 - t17;
    let t19 = t12 * 1.5832484e-8f;
    let t20 = t12 * 6.04814e-11f;
    let t21 = t18 - t19;
    let t22 = t21 - t20;
    let t23 = t18 - t21;
    let t24 = t23 - t19;
    let t25 = t21 - t22;
    let t26 = t25 - t20;
    let t27 = t24 + t26;
    let t28 = t12 * 2.896074e-13f;
    let t29 = t27 - t28;
    let t30 = t22 + t29;
    let t31 = t22 - t30;
    let t32 = t31 + t29;
    let t33 = t30 * t30;
    let t34 = 0.5f * t33;
    let t35 = 2.7976314e-6f * t33;
    let t36 = t35 + (-0.00019849763f);
    let t37 = t36 * t33;
    let t38 = t37 + 0.008333372f;
    let t39 = t38 * t33;
    let t40 = t39 + (-0.16666667f);
    let t41 = t33 * t40;
    let t42 = t30 * t41;
    let t43 = t32 * t34;
    let t44 = t32 - t43;
    let t45 = t42 + t44;
    let t46 = t30 + t45;
    let t47 = 2.4414256e-5f * t33;
    let t48 = t47 + (-0.0013887142f);
    let t49 = t48 * t33;
    let t50 = t49 + 0.04166664f;
    let t51 = 1.0f - t34;
    let t52 = 1.0f - t51;
    let t53 = t52 - t34;
    let t54 = t33 * t33;
    let t55 = t54 * t50;
    let t56 = t30 * t32;
    let t57 = t55 - t56;
    let t58 = t53 + t57;
    let t59 = t51 + t58;
    let t60 = bitcast<u32>(i32(t12));
    let t61 = t60 + 0u;
    let t62 = t61 & 1u;
    let t63 = 0u < t62;
    let t64 = select(t46, t59, t63);
    let t65 = t61 & 2u;
    let t66 = t65 << 30u;
    let t67 = bitcast<u32>(t64);
    let t68 = t67 ^ t66;
    let t69 = bitcast<f32>(t68);
    let t70 = t5 < 0.00012207031f;
    let t71 = select(t69, x, t70);
    return t71;
}

fn op_cos(x: f32, z: u32) -> f32 {
    let t1 = x * 0.15915494f;
    let t2 = floor(t1);
    let t3 = t1 - t2;
    let t4 = t3 * 6.2831855f;
    let t5 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t6 = 100000.0f < t5;
    let t7 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t8 = select(x, t4, t6);
    let t9 = select(t8, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t7);
    let t10 = t9 * 0.63661975f;
    let t11 = t10 + 0.5f;
    let t12 = floor(t11);
    let t13 = t12 * 1.5703125f;
    let t14 = t9 - t13;
    let t15 = t12 * 0.0004825592f;
    let t16 = t14 - t15;
    let t17 = t12 * 1.2516975e-6f;
    let t18 = t16 - t17;
    let t19 = t12 * 1.5832484e-8f;
    let t20 = t12 * 6.04814e-11f;
    let t21 = t18 - t19;
    let t22 = t21 - t20;
    let t23 = t18 - t21;
    let t24 = t23 - t19;
    let t25 = t21 - t22;
    let t26 = t25 - t20;
    let t27 = t24 + t26;
    let t28 = t12 * 2.896074e-13f;
    let t29 = t27 - t28;
    let t30 = t22 + t29;
    let t31 = t22 - t30;
    let t32 = t31 + t29;
    let t33 = t30 * t30;
    let t34 = 0.5f * t33;
    let t35 = 2.7976314e-6f * t33;
    let t36 = t35 + (-0.00019849763f);
    let t37 = t36 * t33;
    let t38 = t37 + 0.008333372f;
    let t39 = t38 * t33;
    let t40 = t39 + (-0.16666667f);
    let t41 = t33 * t40;
    let t42 = t30 * t41;
    let t43 = t32 * t34;
    let t44 = t32 - t43;
    let t45 = t42 + t44;
    let t46 = t30 + t45;
    let t47 = 2.4414256e-5f * t33;
    let t48 = t47 + (-0.0013887142f);
    let t49 = t48 * t33;
    let t50 = t49 + 0.04166664f;
    let t51 = 1.0f - t34;
    let t52 = 1.0f - t51;
    let t53 = t52 - t34;
    let t54 = t33 * t33;
    let t55 = t54 * t50;
    let t56 = t30 * t32;
    let t57 = t55 - t56;
    let t58 = t53 + t57;
    let t59 = t51 + t58;
    let t60 = bitcast<u32>(i32(t12));
    let t61 = t60 + 1u;
    let t62 = t61 & 1u;
    let t63 = 0u < t62;
    let t64 = select(t46, t59, t63);
    let t65 = t61 & 2u;
    let t66 = t65 << 30u;
    let t67 = bitcast<u32>(t64);
    let t68 = t67 ^ t66;
    let t69 = bitcast<f32>(t68);
    return t69;
}

fn op_tan(x: f32, z: u32) -> f32 {
    let t1 = x * 0.15915494f;
    let t2 = floor(t1);
    let t3 = t1 - t2;
    let t4 = t3 * 6.2831855f;
    let t5 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t6 = 100000.0f < t5;
    let t7 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t8 = select(x, t4, t6);
    let t9 = select(t8, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t7);
    let t10 = t9 * 0.63661975f;
    let t11 = t10 + 0.5f;
    let t12 = floor(t11);
    let t13 = t12 * 1.5703125f;
    let t14 = t9 - t13;
    let t15 = t12 * 0.0004825592f;
    let t16 = t14 - t15;
    let t17 = t12 * 1.2516975e-6f;
    let t18 = t16 - t17;
    let t19 = t12 * 1.5832484e-8f;
    let t20 = t12 * 6.04814e-11f;
    let t21 = t18 - t19;
    let t22 = t21 - t20;
    let t23 = t18 - t21;
    let t24 = t23 - t19;
    let t25 = t21 - t22;
    let t26 = t25 - t20;
    let t27 = t24 + t26;
    let t28 = t12 * 2.896074e-13f;
    let t29 = t27 - t28;
    let t30 = t22 + t29;
    let t31 = t22 - t30;
    let t32 = t31 + t29;
    let t33 = t30 * t30;
    let t34 = 0.5f * t33;
    let t35 = 2.7976314e-6f * t33;
    let t36 = t35 + (-0.00019849763f);
    let t37 = t36 * t33;
    let t38 = t37 + 0.008333372f;
    let t39 = t38 * t33;
    let t40 = t39 + (-0.16666667f);
    let t41 = t33 * t40;
    let t42 = t30 * t41;
    let t43 = t32 * t34;
    let t44 = t32 - t43;
    let t45 = t42 + t44;
    let t46 = t30 + t45;
    let t47 = 2.4414256e-5f * t33;
    let t48 = t47 + (-0.0013887142f);
    let t49 = t48 * t33;
    let t50 = t49 + 0.04166664f;
    let t51 = 1.0f - t34;
    let t52 = 1.0f - t51;
    let t53 = t52 - t34;
    let t54 = t33 * t33;
    let t55 = t54 * t50;
    let t56 = t30 * t32;
    let t57 = t55 - t56;
    let t58 = t53 + t57;
    let t59 = t51 + t58;
    let t60 = bitcast<u32>(i32(t12));
    let t61 = t60 & 1u;
    let t62 = 0u < t61;
    let t63 = -t59;
    let t64 = select(t46, t63, t62);
    let t65 = select(t59, t46, t62);
    let t66 = t64 / t65;
    let t67 = t5 < 0.00012207031f;
    let t68 = select(t66, x, t67);
    return t68;
}

fn op_asin(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = 0.5f < t1;
    let t3 = 1.0f - t1;
    let t4 = t3 * 0.5f;
    let t5 = t1 * t1;
    let t6 = select(t5, t4, t2);
    let t7 = sqrt(t6);
    let t8 = select(t1, t7, t2);
    let t9 = 0.041817795f * t6;
    let t10 = t9 + 0.024395505f;
    let t11 = t10 * t6;
    let t12 = t11 + 0.04542394f;
    let t13 = t12 * t6;
    let t14 = t13 + 0.07495695f;
    let t15 = t14 * t6;
    let t16 = t15 + 0.16666742f;
    let t17 = t6 * t16;
    let t18 = t8 * t17;
    let t19 = t8 + t18;
    let t20 = t19 + t19;
    let t21 = 1.5707964f - t20;
    let t22 = t21 + (-4.371139e-8f);
    let t23 = select(t19, t22, t2);
    let t24 = bitcast<f32>(bitcast<u32>(t23) & u32(0x7fffffffu));
    let t25 = bitcast<u32>(x) >= u32(0x80000000u);
    let t26 = -t24;
    let t27 = select(t24, t26, t25);
    return t27;
}

fn op_acos(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = 0.5f < t1;
    let t3 = 1.0f - t1;
    let t4 = t3 * 0.5f;
    let t5 = t1 * t1;
    let t6 = select(t5, t4, t2);
    let t7 = sqrt(t6);
    let t8 = select(t1, t7, t2);
    let t9 = 0.041817795f * t6;
    let t10 = t9 + 0.024395505f;
    let t11 = t10 * t6;
    let t12 = t11 + 0.04542394f;
    let t13 = t12 * t6;
    let t14 = t13 + 0.07495695f;
    let t15 = t14 * t6;
    let t16 = t15 + 0.16666742f;
    let t17 = t6 * t16;
    let t18 = t8 * t17;
    let t19 = t8 + t18;
    let t20 = bitcast<u32>(x) >= u32(0x80000000u);
    let t21 = t19 + t19;
    let t22 = 3.1415927f - t21;
    let t23 = t22 + (-8.742278e-8f);
    let t24 = select(t21, t23, t20);
    let t25 = -t19;
    let t26 = select(t19, t25, t20);
    let t27 = t26 - (-4.371139e-8f);
    let t28 = 1.5707964f - t27;
    let t29 = select(t28, t24, t2);
    return t29;
}

fn op_atan(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = 1.0f * 2.4142137f;
    let t3 = t2 < t1;
    let t4 = 1.0f * 0.41421357f;
    let t5 = t4 < t1;
    let t6 = t1 == 0.0f;
    let t7 = 1.0f == 0.0f;
    let t8 = t6 & t7;
    let t9 = -1.0f;
    let t10 = t1 - 1.0f;
    let t11 = select(t1, t10, t5);
    let t12 = select(t11, t9, t3);
    let t13 = t1 + 1.0f;
    let t14 = select(1.0f, t13, t5);
    let t15 = select(t14, t1, t3);
    let t16 = select(t15, 1.0f, t8);
    let t17 = t12 / t16;
    let t18 = t17 * t17;
    let t19 = (-0.06093152f) * t18;
    let t20 = t19 + 0.10600374f;
    let t21 = t20 * t18;
    let t22 = t21 + (-0.14244542f);
    let t23 = t22 * t18;
    let t24 = t23 + 0.19998534f;
    let t25 = t24 * t18;
    let t26 = t25 + (-0.33333316f);
    let t27 = select(0.0f, 0.7853982f, t5);
    let t28 = select(t27, 1.5707964f, t3);
    let t29 = t18 * t26;
    let t30 = t17 * t29;
    let t31 = select(0.0f, (-2.1855694e-8f), t5);
    let t32 = select(t31, (-4.371139e-8f), t3);
    let t33 = t30 + t32;
    let t34 = t17 + t33;
    let t35 = t28 + t34;
    let t36 = bitcast<f32>(bitcast<u32>(t35) & u32(0x7fffffffu));
    let t37 = bitcast<u32>(x) >= u32(0x80000000u);
    let t38 = -t36;
    let t39 = select(t36, t38, t37);
    return t39;
}

fn op_atan2(x: f32, y: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = bitcast<f32>(bitcast<u32>(y) & u32(0x7fffffffu));
    let t3 = (bitcast<u32>(t1) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t4 = (bitcast<u32>(t2) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t5 = t3 & t4;
    let t6 = 1e38f < t1;
    let t7 = 1e38f < t2;
    let t8 = t6 | t7;
    let t9 = select(1.0f, 0.25f, t8);
    let t10 = t1 * t9;
    let t11 = select(t10, 1.0f, t5);
    let t12 = t2 * t9;
    let t13 = select(t12, 1.0f, t5);
    let t14 = t13 * 2.4142137f;
    let t15 = t14 < t11;
    let t16 = t13 * 0.41421357f;
    let t17 = t16 < t11;
    let t18 = t11 == 0.0f;
    let t19 = t13 == 0.0f;
    let t20 = t18 & t19;
    let t21 = -t13;
    let t22 = t11 - t13;
    let t23 = select(t11, t22, t17);
    let t24 = select(t23, t21, t15);
    let t25 = t11 + t13;
    let t26 = select(t13, t25, t17);
    let t27 = select(t26, t11, t15);
    let t28 = select(t27, 1.0f, t20);
    let t29 = t24 / t28;
    let t30 = t29 * t29;
    let t31 = (-0.06093152f) * t30;
    let t32 = t31 + 0.10600374f;
    let t33 = t32 * t30;
    let t34 = t33 + (-0.14244542f);
    let t35 = t34 * t30;
    let t36 = t35 + 0.19998534f;
    let t37 = t36 * t30;
    let t38 = t37 + (-0.33333316f);
    let t39 = select(0.0f, 0.7853982f, t17);
    let t40 = select(t39, 1.5707964f, t15);
    let t41 = t30 * t38;
    let t42 = t29 * t41;
    let t43 = select(0.0f, (-2.1855694e-8f), t17);
    let t44 = select(t43, (-4.371139e-8f), t15);
    let t45 = t42 + t44;
    let t46 = t29 + t45;
    let t47 = t40 + t46;
    let t48 = bitcast<u32>(y) >= u32(0x80000000u);
    let t49 = 3.1415927f - t47;
    let t50 = t49 + (-8.742278e-8f);
    let t51 = select(t47, t50, t48);
    let t52 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t53 = bitcast<f32>(bitcast<u32>(t51) & u32(0x7fffffffu));
    let t54 = bitcast<u32>(x) >= u32(0x80000000u);
    let t55 = -t53;
    let t56 = select(t53, t55, t54);
    let t57 = select(t56, y, t52);
    return t57;
}

fn op_sinh(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = t1 < (-105.0f);
    let t3 = select(t1, (-105.0f), t2);
    let t4 = 91.0f < t3;
    let t5 = select(t3, 91.0f, t4);
    let t6 = t5 * 1.442695f;
    let t7 = t6 + 0.5f;
    let t8 = floor(t7);
    let t9 = t8 * 0.69314575f;
    let t10 = t5 - t9;
    let t11 = t8 * 1.4286068e-6f;
    let t12 = t10 - t11;
    let t13 = t12 * t12;
    let t14 = 0.0013746555f * t12;
    let t15 = t14 + 0.008369131f;
    let t16 = t15 * t12;
    let t17 = t16 + 0.04166964f;
    let t18 = t17 * t12;
    let t19 = t18 + 0.16666517f;
    let t20 = t19 * t12;
    let t21 = t20 + 0.49999988f;
    let t22 = t13 * t21;
    let t23 = t12 + t22;
    let t24 = 1.0f + t23;
    let t25 = bitcast<u32>(i32(t8));
    let t26 = t25 + 4294967295u;
    let t27 = bitcast<u32>(bitcast<i32>(t26) >> 1u);
    let t28 = t27 + 127u;
    let t29 = t28 << 23u;
    let t30 = bitcast<f32>(t29);
    let t31 = t24 * t30;
    let t32 = t26 - t27;
    let t33 = t32 + 127u;
    let t34 = t33 << 23u;
    let t35 = bitcast<f32>(t34);
    let t36 = t31 * t35;
    let t37 = 0.25f / t36;
    let t38 = t36 - t37;
    let t39 = x * x;
    let t40 = 2.788461e-6f * t39;
    let t41 = t40 + 0.00019841909f;
    let t42 = t41 * t39;
    let t43 = t42 + 0.008333314f;
    let t44 = t43 * t39;
    let t45 = t44 + 0.16666667f;
    let t46 = t1 < 1.0f;
    let t47 = t39 * t45;
    let t48 = x * t47;
    let t49 = x + t48;
    let t50 = bitcast<f32>(bitcast<u32>(t38) & u32(0x7fffffffu));
    let t51 = bitcast<u32>(x) >= u32(0x80000000u);
    let t52 = -t50;
    let t53 = select(t50, t52, t51);
    let t54 = select(t53, t49, t46);
    return t54;
}

fn op_cosh(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = t1 < (-105.0f);
    let t3 = select(t1, (-105.0f), t2);
    let t4 = 91.0f < t3;
    let t5 = select(t3, 91.0f, t4);
    let t6 = t5 * 1.442695f;
    let t7 = t6 + 0.5f;
    let t8 = floor(t7);
    let t9 = t8 * 0.69314575f;
    let t10 = t5 - t9;
    let t11 = t8 * 1.4286068e-6f;
    let t12 = t10 - t11;
    let t13 = t12 * t12;
    let t14 = 0.0013746555f * t12;
    let t15 = t14 + 0.008369131f;
    let t16 = t15 * t12;
    let t17 = t16 + 0.04166964f;
    let t18 = t17 * t12;
    let t19 = t18 + 0.16666517f;
    let t20 = t19 * t12;
    let t21 = t20 + 0.49999988f;
    let t22 = t13 * t21;
    let t23 = t12 + t22;
    let t24 = 1.0f + t23;
    let t25 = bitcast<u32>(i32(t8));
    let t26 = t25 + 4294967295u;
    let t27 = bitcast<u32>(bitcast<i32>(t26) >> 1u);
    let t28 = t27 + 127u;
    let t29 = t28 << 23u;
    let t30 = bitcast<f32>(t29);
    let t31 = t24 * t30;
    let t32 = t26 - t27;
    let t33 = t32 + 127u;
    let t34 = t33 << 23u;
    let t35 = bitcast<f32>(t34);
    let t36 = t31 * t35;
    let t37 = 0.25f / t36;
    let t38 = t36 + t37;
    return t38;
}

fn op_tanh(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = t1 + t1;
    let t3 = t2 < (-105.0f);
    let t4 = select(t2, (-105.0f), t3);
    let t5 = 91.0f < t4;
    let t6 = select(t4, 91.0f, t5);
    let t7 = t6 * 1.442695f;
    let t8 = t7 + 0.5f;
    let t9 = floor(t8);
    let t10 = t9 * 0.69314575f;
    let t11 = t6 - t10;
    let t12 = t9 * 1.4286068e-6f;
    let t13 = t11 - t12;
    let t14 = t13 * t13;
    let t15 = 0.0013746555f * t13;
    let t16 = t15 + 0.008369131f;
    let t17 = t16 * t13;
    let t18 = t17 + 0.04166964f;
    let t19 = t18 * t13;
    let t20 = t19 + 0.16666517f;
    let t21 = t20 * t13;
    let t22 = t21 + 0.49999988f;
    let t23 = t14 * t22;
    let t24 = t13 + t23;
    let t25 = 1.0f + t24;
    let t26 = bitcast<u32>(i32(t9));
    let t27 = t26 + 0u;
    let t28 = bitcast<u32>(bitcast<i32>(t27) >> 1u);
    let t29 = t28 + 127u;
    let t30 = t29 << 23u;
    let t31 = bitcast<f32>(t30);
    let t32 = t25 * t31;
    let t33 = t27 - t28;
    let t34 = t33 + 127u;
    let t35 = t34 << 23u;
    let t36 = bitcast<f32>(t35);
    let t37 = t32 * t36;
    let t38 = t37 + 1.0f;
    let t39 = 2.0f / t38;
    let t40 = 1.0f - t39;
    let t41 = x * x;
    let t42 = (-0.0057249353f) * t41;
    let t43 = t42 + 0.02065912f;
    let t44 = t43 * t41;
    let t45 = t44 + (-0.05374677f);
    let t46 = t45 * t41;
    let t47 = t46 + 0.13331543f;
    let t48 = t47 * t41;
    let t49 = t48 + (-0.33333287f);
    let t50 = t1 < 0.625f;
    let t51 = t41 * t49;
    let t52 = t1 * t51;
    let t53 = t1 + t52;
    let t54 = select(t40, t53, t50);
    let t55 = bitcast<f32>(bitcast<u32>(t54) & u32(0x7fffffffu));
    let t56 = bitcast<u32>(x) >= u32(0x80000000u);
    let t57 = -t55;
    let t58 = select(t55, t57, t56);
    return t58;
}

fn op_sigmoid(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = -t1;
    let t3 = t2 < (-105.0f);
    let t4 = select(t2, (-105.0f), t3);
    let t5 = 91.0f < t4;
    let t6 = select(t4, 91.0f, t5);
    let t7 = t6 * 1.442695f;
    let t8 = t7 + 0.5f;
    let t9 = floor(t8);
    let t10 = t9 * 0.69314575f;
    let t11 = t6 - t10;
    let t12 = t9 * 1.4286068e-6f;
    let t13 = t11 - t12;
    let t14 = t13 * t13;
    let t15 = 0.0013746555f * t13;
    let t16 = t15 + 0.008369131f;
    let t17 = t16 * t13;
    let t18 = t17 + 0.04166964f;
    let t19 = t18 * t13;
    let t20 = t19 + 0.16666517f;
    let t21 = t20 * t13;
    let t22 = t21 + 0.49999988f;
    let t23 = t14 * t22;
    let t24 = t13 + t23;
    let t25 = 1.0f + t24;
    let t26 = bitcast<u32>(i32(t9));
    let t27 = t26 + 0u;
    let t28 = bitcast<u32>(bitcast<i32>(t27) >> 1u);
    let t29 = t28 + 127u;
    let t30 = t29 << 23u;
    let t31 = bitcast<f32>(t30);
    let t32 = t25 * t31;
    let t33 = t27 - t28;
    let t34 = t33 + 127u;
    let t35 = t34 << 23u;
    let t36 = bitcast<f32>(t35);
    let t37 = t32 * t36;
    let t38 = x < 0.0f;
    let t39 = select(1.0f, t37, t38);
    let t40 = 1.0f + t37;
    let t41 = t39 / t40;
    return t41;
}

fn op_erf(x: f32, z: u32) -> f32 {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = x * x;
    let t3 = 7.91386e-5f * t2;
    let t4 = t3 + (-0.0008029054f);
    let t5 = t4 * t2;
    let t6 = t5 + 0.005190576f;
    let t7 = t6 * t2;
    let t8 = t7 + (-0.026855066f);
    let t9 = t8 * t2;
    let t10 = t9 + 0.112836175f;
    let t11 = t10 * t2;
    let t12 = t11 + (-0.3761263f);
    let t13 = t12 * t2;
    let t14 = t13 + 0.12837917f;
    let t15 = 4.0f < t1;
    let t16 = select(t1, 4.0f, t15);
    let t17 = (-0.0001865538f) * t16;
    let t18 = t17 + 0.0029489563f;
    let t19 = t18 * t16;
    let t20 = t19 + (-0.021841718f);
    let t21 = t20 * t16;
    let t22 = t21 + 0.10311144f;
    let t23 = t22 * t16;
    let t24 = t23 + 0.6381425f;
    let t25 = t24 * t16;
    let t26 = t25 + 1.1270889f;
    let t27 = t26 * t16;
    let t28 = t27 + 0.00034196235f;
    let t29 = -t28;
    let t30 = t29 < (-105.0f);
    let t31 = select(t29, (-105.0f), t30);
    let t32 = 91.0f < t31;
    let t33 = select(t31, 91.0f, t32);
    let t34 = t33 * 1.442695f;
    let t35 = t34 + 0.5f;
    let t36 = floor(t35);
    let t37 = t36 * 0.69314575f;
    let t38 = t33 - t37;
    let t39 = t36 * 1.4286068e-6f;
    let t40 = t38 - t39;
    let t41 = t40 * t40;
    let t42 = 0.0013746555f * t40;
    let t43 = t42 + 0.008369131f;
    let t44 = t43 * t40;
    let t45 = t44 + 0.04166964f;
    let t46 = t45 * t40;
    let t47 = t46 + 0.16666517f;
    let t48 = t47 * t40;
    let t49 = t48 + 0.49999988f;
    let t50 = t41 * t49;
    let t51 = t40 + t50;
    let t52 = 1.0f + t51;
    let t53 = bitcast<u32>(i32(t36));
    let t54 = t53 + 0u;
    let t55 = bitcast<u32>(bitcast<i32>(t54) >> 1u);
    let t56 = t55 + 127u;
    let t57 = t56 << 23u;
    let t58 = bitcast<f32>(t57);
    let t59 = t52 * t58;
    let t60 = t54 - t55;
    let t61 = t60 + 127u;
    let t62 = t61 << 23u;
    let t63 = bitcast<f32>(t62);
    let t64 = t59 * t63;
    let t65 = 1.0f - t64;
    let t66 = t1 < 1.0f;
    let t67 = x * t14;
    let t68 = x + t67;
    let t69 = bitcast<f32>(bitcast<u32>(t65) & u32(0x7fffffffu));
    let t70 = bitcast<u32>(x) >= u32(0x80000000u);
    let t71 = -t69;
    let t72 = select(t69, t71, t70);
    let t73 = select(t72, t68, t66);
    return t73;
}

fn op_lgamma(x: f32, z: u32) -> f32 {
    let t1 = bitcast<u32>(x) >= u32(0x80000000u);
    let t2 = 1.0f - x;
    let t3 = select(x, t2, t1);
    let t4 = t3 < 0.5f;
    let t5 = t3 < 1.25f;
    let t6 = t3 - 2.0f;
    let t7 = 0.5f < t6;
    let t8 = t6 + 1.0f;
    let t9 = 1.0f * t8;
    let t10 = select(1.0f, t9, t7);
    let t11 = t6 - 1.0f;
    let t12 = select(t6, t11, t7);
    let t13 = 0.5f < t12;
    let t14 = t12 + 1.0f;
    let t15 = t10 * t14;
    let t16 = select(t10, t15, t13);
    let t17 = t12 - 1.0f;
    let t18 = select(t12, t17, t13);
    let t19 = 0.5f < t18;
    let t20 = t18 + 1.0f;
    let t21 = t16 * t20;
    let t22 = select(t16, t21, t19);
    let t23 = t18 - 1.0f;
    let t24 = select(t18, t23, t19);
    let t25 = 0.5f < t24;
    let t26 = t24 + 1.0f;
    let t27 = t22 * t26;
    let t28 = select(t22, t27, t25);
    let t29 = t24 - 1.0f;
    let t30 = select(t24, t29, t25);
    let t31 = 0.5f < t30;
    let t32 = t30 + 1.0f;
    let t33 = t28 * t32;
    let t34 = select(t28, t33, t31);
    let t35 = t30 - 1.0f;
    let t36 = select(t30, t35, t31);
    let t37 = t3 - 1.0f;
    let t38 = select(t36, t37, t5);
    let t39 = select(t38, t3, t4);
    let t40 = t3 + 1.0f;
    let t41 = t3 * t40;
    let t42 = select(t34, t3, t5);
    let t43 = select(t42, t41, t4);
    let t44 = 7.5f <= t3;
    let t45 = select(t43, t3, t44);
    let t46 = t45 < 1.1754944e-38f;
    let t47 = t45 * 16777216.0f;
    let t48 = select(t45, t47, t46);
    let t49 = bitcast<u32>(t48);
    let t50 = t49 - 1060439283u;
    let t51 = bitcast<u32>(bitcast<i32>(t50) >> 23u);
    let t52 = t51 << 23u;
    let t53 = t49 - t52;
    let t54 = bitcast<f32>(t53);
    let t55 = f32(bitcast<i32>(t51));
    let t56 = select(0.0f, 24.0f, t46);
    let t57 = t55 - t56;
    let t58 = t54 - 1.0f;
    let t59 = 2.0f + t58;
    let t60 = t58 / t59;
    let t61 = t60 * t60;
    let t62 = 0.29857206f * t61;
    let t63 = t62 + 0.3997818f;
    let t64 = t63 * t61;
    let t65 = t64 + 0.6666677f;
    let t66 = 0.5f * t58;
    let t67 = t66 * t58;
    let t68 = t61 * t65;
    let t69 = t67 + t68;
    let t70 = t60 * t69;
    let t71 = t57 * 1.4286068e-6f;
    let t72 = t70 + t71;
    let t73 = t57 * 0.69314575f;
    let t74 = t67 - t72;
    let t75 = t74 - t58;
    let t76 = t73 - t75;
    let t77 = t45 == 0.0f;
    let t78 = (bitcast<u32>(t45) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t79 = t45 < 0.0f;
    let t80 = t78 | t79;
    let t81 = (bitcast<u32>(t45) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t82 = select(t76, t45, t81);
    let t83 = select(t82, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t80);
    let t84 = select(t83, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t77);
    let t85 = (-0.00021404223f) * t39;
    let t86 = t85 + 0.00015406552f;
    let t87 = t86 * t39;
    let t88 = t87 + (-0.00033485636f);
    let t89 = t88 * t39;
    let t90 = t89 + 0.0009400561f;
    let t91 = t90 * t39;
    let t92 = t91 + (-0.002121607f);
    let t93 = t92 * t39;
    let t94 = t93 + 0.004993538f;
    let t95 = t94 * t39;
    let t96 = t95 + (-0.01238321f);
    let t97 = t96 * t39;
    let t98 = t97 + 0.032965362f;
    let t99 = t98 * t39;
    let t100 = t99 + (-0.10031732f);
    let t101 = t100 * t39;
    let t102 = t101 + 0.42278433f;
    let t103 = t39 + 1.0f;
    let t104 = t39 * t103;
    let t105 = t104 * t102;
    let t106 = t105 - t84;
    let t107 = t105 + t84;
    let t108 = select(t107, t106, t5);
    let t109 = 1.0f / t3;
    let t110 = t109 * t109;
    let t111 = (-0.0027595304f) * t110;
    let t112 = t111 + 0.08333324f;
    let t113 = t109 * t112;
    let t114 = t3 - 0.5f;
    let t115 = t84 - 1.0f;
    let t116 = t114 * t115;
    let t117 = 0.41893855f + t113;
    let t118 = t116 + t117;
    let t119 = select(t108, t118, t44);
    let t120 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t121 = floor(t120);
    let t122 = t120 - t121;
    let t123 = t121 * 0.5f;
    let t124 = floor(t123);
    let t125 = t124 == t123;
    let t126 = !t125;
    let t127 = 0.5f < t122;
    let t128 = t122 == 0.5f;
    let t129 = t128 & t126;
    let t130 = t127 | t129;
    let t131 = t121 + 1.0f;
    let t132 = select(t121, t131, t130);
    let t133 = bitcast<f32>(bitcast<u32>(t132) & u32(0x7fffffffu));
    let t134 = -t133;
    let t135 = select(t133, t134, t1);
    let t136 = x - t135;
    let t137 = bitcast<f32>(bitcast<u32>(t136) & u32(0x7fffffffu));
    let t138 = t137 * t137;
    let t139 = (-0.00222797f) * t138;
    let t140 = t139 + 0.026111428f;
    let t141 = t140 * t138;
    let t142 = t141 + (-0.19074652f);
    let t143 = t142 * t138;
    let t144 = t143 + 0.81174207f;
    let t145 = t144 * t138;
    let t146 = t145 + (-1.644934f);
    let t147 = t138 * t146;
    let t148 = t137 * t147;
    let t149 = t137 + t148;
    let t150 = t149 < 1.1754944e-38f;
    let t151 = t149 * 16777216.0f;
    let t152 = select(t149, t151, t150);
    let t153 = bitcast<u32>(t152);
    let t154 = t153 - 1060439283u;
    let t155 = bitcast<u32>(bitcast<i32>(t154) >> 23u);
    let t156 = t155 << 23u;
    let t157 = t153 - t156;
    let t158 = bitcast<f32>(t157);
    let t159 = f32(bitcast<i32>(t155));
    let t160 = select(0.0f, 24.0f, t150);
    let t161 = t159 - t160;
    let t162 = t158 - 1.0f;
    let t163 = 2.0f + t162;
    let t164 = t162 / t163;
    let t165 = t164 * t164;
    let t166 = 0.29857206f * t165;
    let t167 = t166 + 0.3997818f;
    let t168 = t167 * t165;
    let t169 = t168 + 0.6666677f;
    let t170 = 0.5f * t162;
    let t171 = t170 * t162;
    let t172 = t165 * t169;
    let t173 = t171 + t172;
    let t174 = t164 * t173;
    let t175 = t161 * 1.4286068e-6f;
    let t176 = t174 + t175;
    let t177 = t161 * 0.69314575f;
    let t178 = t171 - t176;
    let t179 = t178 - t162;
    let t180 = t177 - t179;
    let t181 = t149 == 0.0f;
    let t182 = (bitcast<u32>(t149) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t183 = t149 < 0.0f;
    let t184 = t182 | t183;
    let t185 = (bitcast<u32>(t149) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t186 = select(t180, t149, t185);
    let t187 = select(t186, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t184);
    let t188 = select(t187, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t181);
    let t189 = -t188;
    let t190 = t189 - t119;
    let t191 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t192 = t137 == 0.0f;
    let t193 = t1 & t192;
    let t194 = t191 | t193;
    let t195 = select(t119, t190, t1);
    let t196 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t197 = select(t195, x, t196);
    let t198 = select(t197, bitcast<f32>(u32(0x7f800000u) ^ u32(z)), t194);
    return t198;
}
fn floored(rest: f32, y: f32, z: u32) -> f32 {
    let t1 = bitcast<u32>(rest) >= u32(0x80000000u);
    let t2 = bitcast<u32>(y) >= u32(0x80000000u);
    let t3 = !t2;
    let t4 = t1 & t3;
    let t5 = !t1;
    let t6 = t5 & t2;
    let t7 = t4 | t6;
    let t8 = rest == 0.0f;
    let t9 = (bitcast<u32>(rest) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t10 = bitcast<f32>(bitcast<u32>(rest) & u32(0x7fffffffu));
    let t11 = -t10;
    let t12 = select(t10, t11, t2);
    let t13 = rest + y;
    let t14 = select(rest, t13, t7);
    let t15 = select(t14, t12, t8);
    let t16 = select(t15, rest, t9);
    return t16;
}
fn op_add_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a + b;
    let t2 = a ^ t1;
    let t3 = b ^ t1;
    let t4 = t2 & t3;
    let t5 = bitcast<i32>(t4) < bitcast<i32>(0u);
    let t6 = select(0u, 1u, t5);
    return vec2<u32>(t1, t6);
}

fn op_sub_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a - b;
    let t2 = a ^ b;
    let t3 = a ^ t1;
    let t4 = t2 & t3;
    let t5 = bitcast<i32>(t4) < bitcast<i32>(0u);
    let t6 = select(0u, 1u, t5);
    return vec2<u32>(t1, t6);
}

fn op_mul_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(a) < bitcast<i32>(0u);
    let t2 = 0u - a;
    let t3 = select(a, t2, t1);
    let t4 = bitcast<i32>(b) < bitcast<i32>(0u);
    let t5 = 0u - b;
    let t6 = select(b, t5, t4);
    let t7 = t3 & 65535u;
    let t8 = t3 >> 16u;
    let t9 = t6 & 65535u;
    let t10 = t6 >> 16u;
    let t11 = t8 * t9;
    let t12 = t7 * t10;
    let t13 = t11 + t12;
    let t14 = t7 * t9;
    let t15 = t14 >> 16u;
    let t16 = t13 + t15;
    let t17 = t8 == 0u;
    let t18 = t10 == 0u;
    let t19 = t17 | t18;
    let t20 = t16 < 65536u;
    let t21 = t19 & t20;
    let t22 = t3 * t6;
    let t23 = !t21;
    let t24 = a ^ b;
    let t25 = t24 >> 31u;
    let t26 = 2147483647u + t25;
    let t27 = a * b;
    let t28 = t26 < t22;
    let t29 = t23 | t28;
    let t30 = select(0u, 1u, t29);
    return vec2<u32>(t27, t30);
}

fn op_div_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a == 2147483648u;
    let t2 = b == 4294967295u;
    let t3 = t1 & t2;
    let t4 = b == 0u;
    let t5 = t4 | t3;
    let t6 = select(b, 1u, t5);
    let t7 = bitcast<u32>(bitcast<i32>(a) / bitcast<i32>(t6));
    let t8 = t7 * t6;
    let t9 = a - t8;
    let t10 = t9 == 0u;
    let t11 = !t10;
    let t12 = t11 | t3;
    let t13 = select(0u, 1u, t12);
    let t14 = select(t13, 2u, t4);
    return vec2<u32>(t7, t14);
}

fn op_neg_integer(a: u32, z: u32) -> vec2<u32> {
    let t1 = 0u - a;
    let t2 = a == 2147483648u;
    let t3 = select(0u, 1u, t2);
    return vec2<u32>(t1, t3);
}

fn op_abs_integer(a: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(a) < bitcast<i32>(0u);
    let t2 = 0u - a;
    let t3 = select(a, t2, t1);
    let t4 = a == 2147483648u;
    let t5 = select(0u, 1u, t4);
    return vec2<u32>(t3, t5);
}

fn op_min_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(b) < bitcast<i32>(a);
    let t2 = select(a, b, t1);
    return vec2<u32>(t2, 0u);
}

fn op_max_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(a) < bitcast<i32>(b);
    let t2 = select(a, b, t1);
    return vec2<u32>(t2, 0u);
}

fn op_quotient_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a == 2147483648u;
    let t2 = b == 4294967295u;
    let t3 = t1 & t2;
    let t4 = b == 0u;
    let t5 = t4 | t3;
    let t6 = select(b, 1u, t5);
    let t7 = bitcast<u32>(bitcast<i32>(a) / bitcast<i32>(t6));
    let t8 = select(0u, 1u, t3);
    let t9 = select(t8, 2u, t4);
    return vec2<u32>(t7, t9);
}

fn op_remainder_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a == 2147483648u;
    let t2 = b == 4294967295u;
    let t3 = t1 & t2;
    let t4 = b == 0u;
    let t5 = t4 | t3;
    let t6 = select(b, 1u, t5);
    let t7 = bitcast<u32>(bitcast<i32>(a) / bitcast<i32>(t6));
    let t8 = t7 * t6;
    let t9 = a - t8;
    let t10 = select(0u, 2u, t4);
    return vec2<u32>(t9, t10);
}

fn op_modulo_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = a == 2147483648u;
    let t2 = b == 4294967295u;
    let t3 = t1 & t2;
    let t4 = b == 0u;
    let t5 = t4 | t3;
    let t6 = select(b, 1u, t5);
    let t7 = bitcast<u32>(bitcast<i32>(a) / bitcast<i32>(t6));
    let t8 = t7 * t6;
    let t9 = a - t8;
    let t10 = t9 ^ b;
    let t11 = bitcast<i32>(t10) < bitcast<i32>(0u);
    let t12 = t9 == 0u;
    let t13 = !t12;
    let t14 = t11 & t13;
    let t15 = t9 + b;
    let t16 = select(t9, t15, t14);
    let t17 = select(0u, 2u, t4);
    return vec2<u32>(t16, t17);
}

fn op_square_integer(a: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(a) < bitcast<i32>(0u);
    let t2 = 0u - a;
    let t3 = select(a, t2, t1);
    let t4 = t3 & 65535u;
    let t5 = t3 >> 16u;
    let t6 = t5 * t4;
    let t7 = t4 * t5;
    let t8 = t6 + t7;
    let t9 = t4 * t4;
    let t10 = t9 >> 16u;
    let t11 = t8 + t10;
    let t12 = t5 == 0u;
    let t13 = t12 | t12;
    let t14 = t11 < 65536u;
    let t15 = t13 & t14;
    let t16 = t3 * t3;
    let t17 = !t15;
    let t18 = a ^ a;
    let t19 = t18 >> 31u;
    let t20 = 2147483647u + t19;
    let t21 = a * a;
    let t22 = t20 < t16;
    let t23 = t17 | t22;
    let t24 = select(0u, 1u, t23);
    return vec2<u32>(t21, t24);
}

fn op_expt_integer(a: u32, b: u32, z: u32) -> vec2<u32> {
    let t1 = bitcast<i32>(a) < bitcast<i32>(0u);
    let t2 = 0u - a;
    let t3 = select(a, t2, t1);
    let t4 = t3 < 2u;
    let t5 = 31u < b;
    let t6 = b >> 0u;
    let t7 = t6 & 1u;
    let t8 = t7 == 0u;
    let t9 = !t8;
    let t10 = 1u & 65535u;
    let t11 = 1u >> 16u;
    let t12 = t3 & 65535u;
    let t13 = t3 >> 16u;
    let t14 = t11 * t12;
    let t15 = t10 * t13;
    let t16 = t14 + t15;
    let t17 = t10 * t12;
    let t18 = t17 >> 16u;
    let t19 = t16 + t18;
    let t20 = t11 == 0u;
    let t21 = t13 == 0u;
    let t22 = t20 | t21;
    let t23 = t19 < 65536u;
    let t24 = t22 & t23;
    let t25 = 1u * t3;
    let t26 = !t24;
    let t27 = select(1u, t25, t9);
    let t28 = t26 | false;
    let t29 = t9 & t28;
    let t30 = t5 | t29;
    let t31 = 65535u < t3;
    let t32 = false | t31;
    let t33 = t3 * t3;
    let t34 = b >> 1u;
    let t35 = t34 & 1u;
    let t36 = t35 == 0u;
    let t37 = !t36;
    let t38 = t27 & 65535u;
    let t39 = t27 >> 16u;
    let t40 = t33 & 65535u;
    let t41 = t33 >> 16u;
    let t42 = t39 * t40;
    let t43 = t38 * t41;
    let t44 = t42 + t43;
    let t45 = t38 * t40;
    let t46 = t45 >> 16u;
    let t47 = t44 + t46;
    let t48 = t39 == 0u;
    let t49 = t41 == 0u;
    let t50 = t48 | t49;
    let t51 = t47 < 65536u;
    let t52 = t50 & t51;
    let t53 = t27 * t33;
    let t54 = !t52;
    let t55 = select(t27, t53, t37);
    let t56 = t54 | t32;
    let t57 = t37 & t56;
    let t58 = t30 | t57;
    let t59 = 65535u < t33;
    let t60 = t32 | t59;
    let t61 = t33 * t33;
    let t62 = b >> 2u;
    let t63 = t62 & 1u;
    let t64 = t63 == 0u;
    let t65 = !t64;
    let t66 = t55 & 65535u;
    let t67 = t55 >> 16u;
    let t68 = t61 & 65535u;
    let t69 = t61 >> 16u;
    let t70 = t67 * t68;
    let t71 = t66 * t69;
    let t72 = t70 + t71;
    let t73 = t66 * t68;
    let t74 = t73 >> 16u;
    let t75 = t72 + t74;
    let t76 = t67 == 0u;
    let t77 = t69 == 0u;
    let t78 = t76 | t77;
    let t79 = t75 < 65536u;
    let t80 = t78 & t79;
    let t81 = t55 * t61;
    let t82 = !t80;
    let t83 = select(t55, t81, t65);
    let t84 = t82 | t60;
    let t85 = t65 & t84;
    let t86 = t58 | t85;
    let t87 = 65535u < t61;
    let t88 = t60 | t87;
    let t89 = t61 * t61;
    let t90 = b >> 3u;
    let t91 = t90 & 1u;
    let t92 = t91 == 0u;
    let t93 = !t92;
    let t94 = t83 & 65535u;
    let t95 = t83 >> 16u;
    let t96 = t89 & 65535u;
    let t97 = t89 >> 16u;
    let t98 = t95 * t96;
    let t99 = t94 * t97;
    let t100 = t98 + t99;
    let t101 = t94 * t96;
    let t102 = t101 >> 16u;
    let t103 = t100 + t102;
    let t104 = t95 == 0u;
    let t105 = t97 == 0u;
    let t106 = t104 | t105;
    let t107 = t103 < 65536u;
    let t108 = t106 & t107;
    let t109 = t83 * t89;
    let t110 = !t108;
    let t111 = select(t83, t109, t93);
    let t112 = t110 | t88;
    let t113 = t93 & t112;
    let t114 = t86 | t113;
    let t115 = 65535u < t89;
    let t116 = t88 | t115;
    let t117 = t89 * t89;
    let t118 = b >> 4u;
    let t119 = t118 & 1u;
    let t120 = t119 == 0u;
    let t121 = !t120;
    let t122 = t111 & 65535u;
    let t123 = t111 >> 16u;
    let t124 = t117 & 65535u;
    let t125 = t117 >> 16u;
    let t126 = t123 * t124;
    let t127 = t122 * t125;
    let t128 = t126 + t127;
    let t129 = t122 * t124;
    let t130 = t129 >> 16u;
    let t131 = t128 + t130;
    let t132 = t123 == 0u;
    let t133 = t125 == 0u;
    let t134 = t132 | t133;
    let t135 = t131 < 65536u;
    let t136 = t134 & t135;
    let t137 = t111 * t117;
    let t138 = !t136;
    let t139 = select(t111, t137, t121);
    let t140 = t138 | t116;
    let t141 = t121 & t140;
    let t142 = t114 | t141;
    let t143 = b & 1u;
    let t144 = t143 == 1u;
    let t145 = t1 & t144;
    let t146 = select(2147483647u, 2147483648u, t145);
    let t147 = t146 < t139;
    let t148 = t142 | t147;
    let t149 = b == 0u;
    let t150 = select(t3, 1u, t149);
    let t151 = select(t139, t150, t4);
    let t152 = 0u - t151;
    let t153 = select(t151, t152, t145);
    let t154 = !t4;
    let t155 = t148 & t154;
    let t156 = bitcast<i32>(b) < bitcast<i32>(0u);
    let t157 = t155 | t156;
    let t158 = a == 0u;
    let t159 = t156 & t158;
    let t160 = select(0u, 1u, t157);
    let t161 = select(t160, 2u, t159);
    return vec2<u32>(t153, t161);
}

fn op_floor_integer(a: u32, z: u32) -> vec2<u32> {
    return vec2<u32>(a, 0u);
}

fn op_ceiling_integer(a: u32, z: u32) -> vec2<u32> {
    return vec2<u32>(a, 0u);
}

fn op_round_integer(a: u32, z: u32) -> vec2<u32> {
    return vec2<u32>(a, 0u);
}

fn op_truncate_integer(a: u32, z: u32) -> vec2<u32> {
    return vec2<u32>(a, 0u);
}
fn op_equal(x: f32, y: f32, z: u32) -> bool {
    let t1 = x == y;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t4 = t2 | t3;
    let t5 = !t4;
    let t6 = t1 & t5;
    return t6;
}

fn op_less(x: f32, y: f32, z: u32) -> bool {
    let t1 = x < y;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t4 = t2 | t3;
    let t5 = !t4;
    let t6 = t1 & t5;
    return t6;
}

fn op_greater(x: f32, y: f32, z: u32) -> bool {
    let t1 = y < x;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t4 = t2 | t3;
    let t5 = !t4;
    let t6 = t1 & t5;
    return t6;
}

fn op_less_equal(x: f32, y: f32, z: u32) -> bool {
    let t1 = x <= y;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t4 = t2 | t3;
    let t5 = !t4;
    let t6 = t1 & t5;
    return t6;
}

fn op_greater_equal(x: f32, y: f32, z: u32) -> bool {
    let t1 = y <= x;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t4 = t2 | t3;
    let t5 = !t4;
    let t6 = t1 & t5;
    return t6;
}
fn op_equal_integer(a: u32, b: u32, z: u32) -> bool {
    let t1 = a == b;
    return t1;
}

fn op_less_integer(a: u32, b: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(a) < bitcast<i32>(b);
    return t1;
}

fn op_greater_integer(a: u32, b: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(b) < bitcast<i32>(a);
    return t1;
}

fn op_less_equal_integer(a: u32, b: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(b) < bitcast<i32>(a);
    let t2 = !t1;
    return t2;
}

fn op_greater_equal_integer(a: u32, b: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(a) < bitcast<i32>(b);
    let t2 = !t1;
    return t2;
}
fn op_exact(x: f32, z: u32) -> bool {
    let t1 = (-2147483600.0f) <= x;
    let t2 = x < 2147483600.0f;
    let t3 = t1 & t2;
    let t4 = floor(x);
    let t5 = t4 == x;
    let t6 = t3 & t5;
    let t7 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t8 = !t7;
    let t9 = t6 & t8;
    let t10 = t9 & t8;
    return t10;
}

fn op_is_zero(x: f32, z: u32) -> bool {
    let t1 = x == 0.0f;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = !t2;
    let t4 = t1 & t3;
    return t4;
}

fn op_is_positive(x: f32, z: u32) -> bool {
    let t1 = 0.0f < x;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = !t2;
    let t4 = t1 & t3;
    return t4;
}

fn op_is_negative(x: f32, z: u32) -> bool {
    let t1 = x < 0.0f;
    let t2 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t3 = !t2;
    let t4 = t1 & t3;
    return t4;
}

fn op_is_even(x: f32, z: u32) -> bool {
    let t1 = floor(x);
    let t2 = t1 == x;
    let t3 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t4 = !t3;
    let t5 = t2 & t4;
    let t6 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t7 = !t6;
    let t8 = t5 & t7;
    let t9 = x * 0.5f;
    let t10 = floor(t9);
    let t11 = t10 == t9;
    let t12 = t8 & t11;
    let t13 = t12 & t7;
    return t13;
}

fn op_is_odd(x: f32, z: u32) -> bool {
    let t1 = floor(x);
    let t2 = t1 == x;
    let t3 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t4 = !t3;
    let t5 = t2 & t4;
    let t6 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t7 = !t6;
    let t8 = t5 & t7;
    let t9 = x * 0.5f;
    let t10 = floor(t9);
    let t11 = t10 == t9;
    let t12 = !t11;
    let t13 = t8 & t12;
    let t14 = t13 & t7;
    return t14;
}

fn op_is_nan(x: f32, z: u32) -> bool {
    let t1 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    return t1;
}

fn op_is_integer(x: f32, z: u32) -> bool {
    let t1 = floor(x);
    let t2 = t1 == x;
    let t3 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t4 = !t3;
    let t5 = t2 & t4;
    let t6 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t7 = !t6;
    let t8 = t5 & t7;
    let t9 = t8 & t7;
    return t9;
}

fn op_is_regular(x: f32, z: u32) -> bool {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = 7.888609e-31f < t1;
    let t3 = t1 < 1.2676506e30f;
    let t4 = t2 & t3;
    let t5 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t6 = !t5;
    let t7 = t4 & t6;
    return t7;
}
fn op_exact_integer(a: u32, z: u32) -> bool {
    return true;
}

fn op_is_zero_integer(a: u32, z: u32) -> bool {
    let t1 = a == 0u;
    return t1;
}

fn op_is_positive_integer(a: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(0u) < bitcast<i32>(a);
    return t1;
}

fn op_is_negative_integer(a: u32, z: u32) -> bool {
    let t1 = bitcast<i32>(a) < bitcast<i32>(0u);
    return t1;
}

fn op_is_even_integer(a: u32, z: u32) -> bool {
    let t1 = a & 1u;
    let t2 = t1 == 0u;
    return t2;
}

fn op_is_odd_integer(a: u32, z: u32) -> bool {
    let t1 = a & 1u;
    let t2 = t1 == 1u;
    return t2;
}

fn op_is_nan_integer(a: u32, z: u32) -> bool {
    return false;
}

fn op_is_integer_integer(a: u32, z: u32) -> bool {
    return true;
}

fn op_is_regular_integer(a: u32, z: u32) -> bool {
    return true;
}
fn exact_int(x: f32, z: u32) -> vec2<u32> {
    let t1 = (-2147483600.0f) <= x;
    let t2 = x < 2147483600.0f;
    let t3 = t1 & t2;
    let t4 = floor(x);
    let t5 = t4 == x;
    let t6 = t3 & t5;
    let t7 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t8 = !t7;
    let t9 = t6 & t8;
    let t10 = select(0.0f, x, t9);
    let t11 = bitcast<u32>(i32(t10));
    let t12 = select(0u, 1u, t9);
    return vec2<u32>(t11, t12);
}

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
                                case 0u: { outcome = op_add_integer(a.y, b.y, z); }
                                case 1u: { outcome = op_sub_integer(a.y, b.y, z); }
                                case 2u: { outcome = op_mul_integer(a.y, b.y, z); }
                                case 3u: { outcome = op_div_integer(a.y, b.y, z); }
                                case 4u: { outcome = op_neg_integer(a.y, z); }
                                case 5u: { outcome = op_abs_integer(a.y, z); }
                                case 6u: { outcome = op_min_integer(a.y, b.y, z); }
                                case 7u: { outcome = op_max_integer(a.y, b.y, z); }
                                case 8u: { outcome = op_quotient_integer(a.y, b.y, z); }
                                case 9u: { outcome = op_remainder_integer(a.y, b.y, z); }
                                case 10u: { outcome = op_modulo_integer(a.y, b.y, z); }
                                case 11u: { outcome = op_square_integer(a.y, z); }
                                case 12u: { outcome = op_expt_integer(a.y, b.y, z); }
                                case 13u: { outcome = op_floor_integer(a.y, z); }
                                case 14u: { outcome = op_ceiling_integer(a.y, z); }
                                case 15u: { outcome = op_round_integer(a.y, z); }
                                case 16u: { outcome = op_truncate_integer(a.y, z); }
                                default: {}
                            }
                        } else {
                            tag = TAG_Bool;
                            var truth = false;
                            switch which {
                                case 17u: { truth = op_exact_integer(a.y, z); }
                                case 38u: { truth = op_equal_integer(a.y, b.y, z); }
                                case 39u: { truth = op_less_integer(a.y, b.y, z); }
                                case 40u: { truth = op_greater_integer(a.y, b.y, z); }
                                case 41u: { truth = op_less_equal_integer(a.y, b.y, z); }
                                case 42u: { truth = op_greater_equal_integer(a.y, b.y, z); }
                                case 43u: { truth = op_is_zero_integer(a.y, z); }
                                case 44u: { truth = op_is_positive_integer(a.y, z); }
                                case 45u: { truth = op_is_negative_integer(a.y, z); }
                                case 46u: { truth = op_is_even_integer(a.y, z); }
                                case 47u: { truth = op_is_odd_integer(a.y, z); }
                                case 48u: { truth = op_is_nan_integer(a.y, z); }
                                case 49u: { truth = op_is_integer_integer(a.y, z); }
                                case 50u: { truth = op_is_regular_integer(a.y, z); }
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
                                    case 0u: { r = op_add(f, g, z); }
                                    case 1u: { r = op_sub(f, g, z); }
                                    case 2u: { r = op_mul(f, g, z); }
                                    case 3u: { r = op_div(f, g, z); }
                                    case 4u: { r = op_neg(f, z); }
                                    case 5u: { r = op_abs(f, z); }
                                    case 6u: { r = op_min(f, g, z); }
                                    case 7u: { r = op_max(f, g, z); }
                                    case 8u: { r = op_quotient(f, g, z); }
                                    case 9u, 10u: { r = op_remainder(f, g, z); }
                                    case 11u: { r = op_square(f, z); }
                                    case 12u, 20u: { r = op_pow(f, g, z); }
                                    case 13u: { r = op_floor(f, z); }
                                    case 14u: { r = op_ceiling(f, z); }
                                    case 15u: { r = op_round(f, z); }
                                    case 16u: { r = op_truncate(f, z); }
                                    case 21u: { r = op_sqrt(f, z); }
                                    case 22u: { r = op_exp(f, z); }
                                    case 23u: { r = op_log(f, z); }
                                    case 24u: { r = op_log_base(f, g, z); }
                                    case 25u: { r = op_sin(f, z); }
                                    case 26u: { r = op_cos(f, z); }
                                    case 27u: { r = op_tan(f, z); }
                                    case 28u: { r = op_asin(f, z); }
                                    case 29u: { r = op_acos(f, z); }
                                    case 30u: { r = op_atan(f, z); }
                                    case 31u: { r = op_atan2(f, g, z); }
                                    case 32u: { r = op_sinh(f, z); }
                                    case 33u: { r = op_cosh(f, z); }
                                    case 34u: { r = op_tanh(f, z); }
                                    case 35u: { r = op_sigmoid(f, z); }
                                    case 36u: { r = op_erf(f, z); }
                                    case 37u: { r = op_lgamma(f, z); }
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
                                    case 17u: { truth = op_exact(f, z); }
                                    case 38u: { truth = op_equal(f, g, z); }
                                    case 39u: { truth = op_less(f, g, z); }
                                    case 40u: { truth = op_greater(f, g, z); }
                                    case 41u: { truth = op_less_equal(f, g, z); }
                                    case 42u: { truth = op_greater_equal(f, g, z); }
                                    case 43u: { truth = op_is_zero(f, z); }
                                    case 44u: { truth = op_is_positive(f, z); }
                                    case 45u: { truth = op_is_negative(f, z); }
                                    case 46u: { truth = op_is_even(f, z); }
                                    case 47u: { truth = op_is_odd(f, z); }
                                    case 48u: { truth = op_is_nan(f, z); }
                                    case 49u: { truth = op_is_integer(f, z); }
                                    case 50u: { truth = op_is_regular(f, z); }
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
                                case 51u: { tags = 12u; }
                                case 52u: { tags = 4u; }
                                case 53u: { tags = 524u; }
                                case 54u: { tags = 1u; }
                                case 55u: { tags = 2u; }
                                case 56u: { tags = 16u; }
                                case 57u: { tags = 32u; }
                                case 58u: { tags = 64u; }
                                case 59u: { tags = 128u; }
                                case 60u: { tags = 256u; }
                                case 61u: { tags = 512u; }
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
