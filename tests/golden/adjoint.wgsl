// The adjoint: every lane's tape reversed, from the slot of its value to its inputs. Its host twin is src/tape/adjoint.rs.
//
// Lines that start with `//@` are replaced by src/wgsl/adjoint.rs from the op table.

const A_CONSTANT: u32 = 256u;
const B_CONSTANT: u32 = 512u;
const GUARD: u32 = 1024u;

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

fn plus(a: f32, b: f32, z: u32) -> f32 {
    let t1 = a + b;
    return t1;
}
fn op_add_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    return vec2<f32>(bar, bar);
}

fn op_sub_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = -bar;
    return vec2<f32>(bar, t1);
}

fn op_mul_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = bar * y;
    let t2 = bar * x;
    return vec2<f32>(t1, t2);
}

fn op_div_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = bar / y;
    let t2 = -t1;
    let t3 = t2 * value;
    return vec2<f32>(t1, t3);
}

fn op_neg_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = -bar;
    return t1;
}

fn op_abs_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t2 = select(0.0f, x, t1);
    let t3 = 0.0f < x;
    let t4 = x < 0.0f;
    let t5 = -bar;
    let t6 = select(t2, t5, t4);
    let t7 = select(t6, bar, t3);
    return t7;
}

fn op_min_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = x < y;
    let t2 = y < x;
    let t3 = bar * 0.5f;
    let t4 = (bitcast<u32>(value) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t5 = select(t3, value, t4);
    let t6 = select(t5, 0.0f, t2);
    let t7 = select(t6, bar, t1);
    let t8 = select(t5, 0.0f, t1);
    let t9 = select(t8, bar, t2);
    return vec2<f32>(t7, t9);
}

fn op_max_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = y < x;
    let t2 = x < y;
    let t3 = bar * 0.5f;
    let t4 = (bitcast<u32>(value) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t5 = select(t3, value, t4);
    let t6 = select(t5, 0.0f, t2);
    let t7 = select(t6, bar, t1);
    let t8 = select(t5, 0.0f, t1);
    let t9 = select(t8, bar, t2);
    return vec2<f32>(t7, t9);
}

fn op_remainder_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = x / y;
    let t2 = value / y;
    let t3 = t1 - t2;
    let t4 = bitcast<f32>(bitcast<u32>(t3) & u32(0x7fffffffu));
    let t5 = floor(t4);
    let t6 = t4 - t5;
    let t7 = t5 * 0.5f;
    let t8 = floor(t7);
    let t9 = t8 == t7;
    let t10 = !t9;
    let t11 = 0.5f < t6;
    let t12 = t6 == 0.5f;
    let t13 = t12 & t10;
    let t14 = t11 | t13;
    let t15 = t5 + 1.0f;
    let t16 = select(t5, t15, t14);
    let t17 = bitcast<f32>(bitcast<u32>(t16) & u32(0x7fffffffu));
    let t18 = bitcast<u32>(t3) >= u32(0x80000000u);
    let t19 = -t17;
    let t20 = select(t17, t19, t18);
    let t21 = bar * t20;
    let t22 = -t21;
    return vec2<f32>(bar, t22);
}

fn op_square_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = x + x;
    let t2 = bar * t1;
    return t2;
}

fn op_attach_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    return vec2<f32>(0.0f, bar);
}

fn op_pow_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = y - 1.0f;
    let t2 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t3 = t2 < 1.1754944e-38f;
    let t4 = t2 * 16777216.0f;
    let t5 = select(t2, t4, t3);
    let t6 = bitcast<u32>(t5);
    let t7 = t6 - 1063105495u;
    let t8 = bitcast<u32>(bitcast<i32>(t7) >> 23u);
    let t9 = t8 << 23u;
    let t10 = t6 - t9;
    let t11 = bitcast<f32>(t10);
    let t12 = f32(bitcast<i32>(t8));
    let t13 = select(0.0f, 24.0f, t3);
    let t14 = t12 - t13;
    let t15 = 1.2247449f < t11;
    let t16 = select(1.0f, 1.5f, t15);
    let t17 = t11 - t16;
    let t18 = t11 + t16;
    let t19 = bitcast<u32>(t18);
    let t20 = t19 & 4294963200u;
    let t21 = bitcast<f32>(t20);
    let t22 = t21 - t16;
    let t23 = t11 - t22;
    let t24 = t17 / t18;
    let t25 = bitcast<u32>(t24);
    let t26 = t25 & 4294963200u;
    let t27 = bitcast<f32>(t26);
    let t28 = t27 * t21;
    let t29 = t17 - t28;
    let t30 = t27 * t23;
    let t31 = t29 - t30;
    let t32 = t31 / t18;
    let t33 = t24 * t24;
    let t34 = 0.28967425f * t33;
    let t35 = t34 + 0.39998066f;
    let t36 = t35 * t33;
    let t37 = t36 + 0.6666667f;
    let t38 = t27 + t27;
    let t39 = t32 + t32;
    let t40 = t33 * t37;
    let t41 = t24 * t40;
    let t42 = t39 + t41;
    let t43 = t38 * 1.4423828f;
    let t44 = t42 * 1.442695f;
    let t45 = t38 * 0.0003122284f;
    let t46 = t44 + t45;
    let t47 = t43 + t46;
    let t48 = t47 - t43;
    let t49 = t46 - t48;
    let t50 = select(0.0f, 1.5632212e-6f, t15);
    let t51 = t49 + t50;
    let t52 = select(0.0f, 0.58496094f, t15);
    let t53 = t14 + t52;
    let t54 = t53 + t47;
    let t55 = t53 - t54;
    let t56 = t55 + t47;
    let t57 = bitcast<u32>(t54);
    let t58 = t57 & 4294963200u;
    let t59 = bitcast<f32>(t58);
    let t60 = t54 - t59;
    let t61 = t56 + t51;
    let t62 = t60 + t61;
    let t63 = bitcast<f32>(bitcast<u32>(t1) & u32(0x7fffffffu));
    let t64 = 4294967300.0f < t63;
    let t65 = bitcast<f32>(bitcast<u32>(4294967300.0f) & u32(0x7fffffffu));
    let t66 = bitcast<u32>(t1) >= u32(0x80000000u);
    let t67 = -t65;
    let t68 = select(t65, t67, t66);
    let t69 = select(t1, t68, t64);
    let t70 = bitcast<u32>(t69);
    let t71 = t70 & 4294963200u;
    let t72 = bitcast<f32>(t71);
    let t73 = t72 * t59;
    let t74 = t69 - t72;
    let t75 = t74 * t59;
    let t76 = t69 * t62;
    let t77 = t75 + t76;
    let t78 = bitcast<f32>(bitcast<u32>(t73) & u32(0x7fffffffu));
    let t79 = 160.0f < t78;
    let t80 = bitcast<f32>(bitcast<u32>(160.0f) & u32(0x7fffffffu));
    let t81 = bitcast<u32>(t73) >= u32(0x80000000u);
    let t82 = -t80;
    let t83 = select(t80, t82, t81);
    let t84 = select(t73, t83, t79);
    let t85 = select(t77, 0.0f, t79);
    let t86 = t84 + t85;
    let t87 = t86 + 0.5f;
    let t88 = floor(t87);
    let t89 = t84 - t88;
    let t90 = t89 + t85;
    let t91 = 0.00015238006f * t90;
    let t92 = t91 + 0.0013391137f;
    let t93 = t92 * t90;
    let t94 = t93 + 0.009618841f;
    let t95 = t94 * t90;
    let t96 = t95 + 0.055503592f;
    let t97 = t96 * t90;
    let t98 = t97 + 0.24022645f;
    let t99 = t98 * t90;
    let t100 = t99 + 0.6931472f;
    let t101 = t90 * t100;
    let t102 = 1.0f + t101;
    let t103 = bitcast<u32>(i32(t88));
    let t104 = bitcast<u32>(bitcast<i32>(t103) >> 1u);
    let t105 = t104 + 127u;
    let t106 = t105 << 23u;
    let t107 = bitcast<f32>(t106);
    let t108 = t102 * t107;
    let t109 = t103 - t104;
    let t110 = t109 + 127u;
    let t111 = t110 << 23u;
    let t112 = bitcast<f32>(t111);
    let t113 = t108 * t112;
    let t114 = t1 * 0.5f;
    let t115 = floor(t1);
    let t116 = t115 == t1;
    let t117 = floor(t114);
    let t118 = t117 == t114;
    let t119 = !t118;
    let t120 = t116 & t119;
    let t121 = t2 == 0.0f;
    let t122 = (bitcast<u32>(t2) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t123 = t1 < 0.0f;
    let t124 = !t123;
    let t125 = t121 & t124;
    let t126 = t122 & t123;
    let t127 = t125 | t126;
    let t128 = select(bitcast<f32>(u32(0x7f800000u) ^ u32(z)), 0.0f, t127);
    let t129 = t121 | t122;
    let t130 = select(t113, t128, t129);
    let t131 = bitcast<u32>(x) >= u32(0x80000000u);
    let t132 = t131 & t120;
    let t133 = -t130;
    let t134 = select(t130, t133, t132);
    let t135 = x < 0.0f;
    let t136 = !t116;
    let t137 = t135 & t136;
    let t138 = !t122;
    let t139 = t137 & t138;
    let t140 = (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t141 = t139 | t140;
    let t142 = (bitcast<u32>(t1) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t143 = t141 | t142;
    let t144 = select(t134, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t143);
    let t145 = t1 == 0.0f;
    let t146 = x == 1.0f;
    let t147 = t145 | t146;
    let t148 = select(t144, 1.0f, t147);
    let t149 = y * t148;
    let t150 = bar * t149;
    let t151 = x < 1.1754944e-38f;
    let t152 = x * 16777216.0f;
    let t153 = select(x, t152, t151);
    let t154 = bitcast<u32>(t153);
    let t155 = t154 - 1060439283u;
    let t156 = bitcast<u32>(bitcast<i32>(t155) >> 23u);
    let t157 = t156 << 23u;
    let t158 = t154 - t157;
    let t159 = bitcast<f32>(t158);
    let t160 = f32(bitcast<i32>(t156));
    let t161 = select(0.0f, 24.0f, t151);
    let t162 = t160 - t161;
    let t163 = t159 - 1.0f;
    let t164 = 2.0f + t163;
    let t165 = t163 / t164;
    let t166 = t165 * t165;
    let t167 = 0.29857206f * t166;
    let t168 = t167 + 0.3997818f;
    let t169 = t168 * t166;
    let t170 = t169 + 0.6666677f;
    let t171 = 0.5f * t163;
    let t172 = t171 * t163;
    let t173 = t166 * t170;
    let t174 = t172 + t173;
    let t175 = t165 * t174;
    let t176 = t162 * 1.4286068e-6f;
    let t177 = t175 + t176;
    let t178 = t162 * 0.69314575f;
    let t179 = t172 - t177;
    let t180 = t179 - t163;
    let t181 = t178 - t180;
    let t182 = x == 0.0f;
    let t183 = t140 | t135;
    let t184 = (bitcast<u32>(x) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t185 = select(t181, x, t184);
    let t186 = select(t185, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t183);
    let t187 = select(t186, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t182);
    let t188 = value * t187;
    let t189 = bar * t188;
    let t190 = 0.0f < y;
    let t191 = t182 & t190;
    let t192 = y == 0.0f;
    let t193 = select(t150, 0.0f, t192);
    let t194 = select(t189, 0.0f, t191);
    return vec2<f32>(t193, t194);
}

fn op_sqrt_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = bar * 0.5f;
    let t2 = t1 / value;
    return t2;
}

fn op_exp_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = bar * value;
    return t1;
}

fn op_log_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = bar / x;
    return t1;
}

fn op_log_base_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = y < 1.1754944e-38f;
    let t2 = y * 16777216.0f;
    let t3 = select(y, t2, t1);
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
    let t32 = y == 0.0f;
    let t33 = (bitcast<u32>(y) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t34 = y < 0.0f;
    let t35 = t33 | t34;
    let t36 = (bitcast<u32>(y) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t37 = select(t31, y, t36);
    let t38 = select(t37, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t35);
    let t39 = select(t38, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t32);
    let t40 = bar / t39;
    let t41 = t40 / x;
    let t42 = t40 * value;
    let t43 = t42 / y;
    let t44 = -t43;
    return vec2<f32>(t41, t44);
}

fn op_sin_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
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
    let t70 = bar * t69;
    return t70;
}

fn op_cos_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
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
    let t72 = bar * t71;
    let t73 = -t72;
    return t73;
}

fn op_tan_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = value * value;
    let t2 = 1.0f + t1;
    let t3 = bar * t2;
    return t3;
}

fn op_asin_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = 1.0f - x;
    let t2 = 1.0f + x;
    let t3 = t1 * t2;
    let t4 = sqrt(t3);
    let t5 = bar / t4;
    return t5;
}

fn op_acos_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = 1.0f - x;
    let t2 = 1.0f + x;
    let t3 = t1 * t2;
    let t4 = sqrt(t3);
    let t5 = bar / t4;
    let t6 = -t5;
    return t6;
}

fn op_atan_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = x * x;
    let t2 = 1.0f + t1;
    let t3 = bar / t2;
    return t3;
}

fn op_atan2_pull(x: f32, y: f32, value: f32, bar: f32, z: u32) -> vec2<f32> {
    let t1 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t2 = bitcast<f32>(bitcast<u32>(y) & u32(0x7fffffffu));
    let t3 = t1 <= t2;
    let t4 = select(x, y, t3);
    let t5 = select(y, x, t3);
    let t6 = t5 / t4;
    let t7 = t6 * t6;
    let t8 = 1.0f + t7;
    let t9 = t4 * t8;
    let t10 = bar / t9;
    let t11 = t10 * t6;
    let t12 = select(t11, t10, t3);
    let t13 = select(t10, t11, t3);
    let t14 = -t13;
    return vec2<f32>(t12, t14);
}

fn op_sinh_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
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
    let t39 = bar * t38;
    return t39;
}

fn op_cosh_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
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
    let t55 = bar * t54;
    return t55;
}

fn op_tanh_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
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
    let t39 = bar / t38;
    let t40 = t39 / t38;
    return t40;
}

fn op_sigmoid_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = -x;
    let t2 = bitcast<f32>(bitcast<u32>(t1) & u32(0x7fffffffu));
    let t3 = -t2;
    let t4 = t3 < (-105.0f);
    let t5 = select(t3, (-105.0f), t4);
    let t6 = 91.0f < t5;
    let t7 = select(t5, 91.0f, t6);
    let t8 = t7 * 1.442695f;
    let t9 = t8 + 0.5f;
    let t10 = floor(t9);
    let t11 = t10 * 0.69314575f;
    let t12 = t7 - t11;
    let t13 = t10 * 1.4286068e-6f;
    let t14 = t12 - t13;
    let t15 = t14 * t14;
    let t16 = 0.0013746555f * t14;
    let t17 = t16 + 0.008369131f;
    let t18 = t17 * t14;
    let t19 = t18 + 0.04166964f;
    let t20 = t19 * t14;
    let t21 = t20 + 0.16666517f;
    let t22 = t21 * t14;
    let t23 = t22 + 0.49999988f;
    let t24 = t15 * t23;
    let t25 = t14 + t24;
    let t26 = 1.0f + t25;
    let t27 = bitcast<u32>(i32(t10));
    let t28 = t27 + 0u;
    let t29 = bitcast<u32>(bitcast<i32>(t28) >> 1u);
    let t30 = t29 + 127u;
    let t31 = t30 << 23u;
    let t32 = bitcast<f32>(t31);
    let t33 = t26 * t32;
    let t34 = t28 - t29;
    let t35 = t34 + 127u;
    let t36 = t35 << 23u;
    let t37 = bitcast<f32>(t36);
    let t38 = t33 * t37;
    let t39 = t1 < 0.0f;
    let t40 = select(1.0f, t38, t39);
    let t41 = 1.0f + t38;
    let t42 = t40 / t41;
    let t43 = bar * value;
    let t44 = t43 * t42;
    return t44;
}

fn op_erf_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = bar * 1.1283792f;
    let t2 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t3 = 32.0f < t2;
    let t4 = select(t2, 32.0f, t3);
    let t5 = t4 * 16.0f;
    let t6 = floor(t5);
    let t7 = t6 / 16.0f;
    let t8 = t7 * t7;
    let t9 = -t8;
    let t10 = t9 < (-105.0f);
    let t11 = select(t9, (-105.0f), t10);
    let t12 = 91.0f < t11;
    let t13 = select(t11, 91.0f, t12);
    let t14 = t13 * 1.442695f;
    let t15 = t14 + 0.5f;
    let t16 = floor(t15);
    let t17 = t16 * 0.69314575f;
    let t18 = t13 - t17;
    let t19 = t16 * 1.4286068e-6f;
    let t20 = t18 - t19;
    let t21 = t20 * t20;
    let t22 = 0.0013746555f * t20;
    let t23 = t22 + 0.008369131f;
    let t24 = t23 * t20;
    let t25 = t24 + 0.04166964f;
    let t26 = t25 * t20;
    let t27 = t26 + 0.16666517f;
    let t28 = t27 * t20;
    let t29 = t28 + 0.49999988f;
    let t30 = t21 * t29;
    let t31 = t20 + t30;
    let t32 = 1.0f + t31;
    let t33 = bitcast<u32>(i32(t16));
    let t34 = t33 + 0u;
    let t35 = bitcast<u32>(bitcast<i32>(t34) >> 1u);
    let t36 = t35 + 127u;
    let t37 = t36 << 23u;
    let t38 = bitcast<f32>(t37);
    let t39 = t32 * t38;
    let t40 = t34 - t35;
    let t41 = t40 + 127u;
    let t42 = t41 << 23u;
    let t43 = bitcast<f32>(t42);
    let t44 = t39 * t43;
    let t45 = t4 - t7;
    let t46 = t4 + t7;
    let t47 = t45 * t46;
    let t48 = -t47;
    let t49 = t48 < (-105.0f);
    let t50 = select(t48, (-105.0f), t49);
    let t51 = 91.0f < t50;
    let t52 = select(t50, 91.0f, t51);
    let t53 = t52 * 1.442695f;
    let t54 = t53 + 0.5f;
    let t55 = floor(t54);
    let t56 = t55 * 0.69314575f;
    let t57 = t52 - t56;
    let t58 = t55 * 1.4286068e-6f;
    let t59 = t57 - t58;
    let t60 = t59 * t59;
    let t61 = 0.0013746555f * t59;
    let t62 = t61 + 0.008369131f;
    let t63 = t62 * t59;
    let t64 = t63 + 0.04166964f;
    let t65 = t64 * t59;
    let t66 = t65 + 0.16666517f;
    let t67 = t66 * t59;
    let t68 = t67 + 0.49999988f;
    let t69 = t60 * t68;
    let t70 = t59 + t69;
    let t71 = 1.0f + t70;
    let t72 = bitcast<u32>(i32(t55));
    let t73 = t72 + 0u;
    let t74 = bitcast<u32>(bitcast<i32>(t73) >> 1u);
    let t75 = t74 + 127u;
    let t76 = t75 << 23u;
    let t77 = bitcast<f32>(t76);
    let t78 = t71 * t77;
    let t79 = t73 - t74;
    let t80 = t79 + 127u;
    let t81 = t80 << 23u;
    let t82 = bitcast<f32>(t81);
    let t83 = t78 * t82;
    let t84 = t44 * t83;
    let t85 = t1 * t84;
    return t85;
}

fn op_lgamma_pull(x: f32, value: f32, bar: f32, z: u32) -> f32 {
    let t1 = bitcast<u32>(x) >= u32(0x80000000u);
    let t2 = 1.0f - x;
    let t3 = select(x, t2, t1);
    let t4 = t3 < 6.0f;
    let t5 = 1.0f / t3;
    let t6 = select(0.0f, t5, t4);
    let t7 = 0.0f + t6;
    let t8 = t3 + 1.0f;
    let t9 = select(t3, t8, t4);
    let t10 = t9 < 6.0f;
    let t11 = 1.0f / t9;
    let t12 = select(0.0f, t11, t10);
    let t13 = t7 + t12;
    let t14 = t9 + 1.0f;
    let t15 = select(t9, t14, t10);
    let t16 = t15 < 6.0f;
    let t17 = 1.0f / t15;
    let t18 = select(0.0f, t17, t16);
    let t19 = t13 + t18;
    let t20 = t15 + 1.0f;
    let t21 = select(t15, t20, t16);
    let t22 = t21 < 6.0f;
    let t23 = 1.0f / t21;
    let t24 = select(0.0f, t23, t22);
    let t25 = t19 + t24;
    let t26 = t21 + 1.0f;
    let t27 = select(t21, t26, t22);
    let t28 = t27 < 6.0f;
    let t29 = 1.0f / t27;
    let t30 = select(0.0f, t29, t28);
    let t31 = t25 + t30;
    let t32 = t27 + 1.0f;
    let t33 = select(t27, t32, t28);
    let t34 = t33 < 6.0f;
    let t35 = 1.0f / t33;
    let t36 = select(0.0f, t35, t34);
    let t37 = t31 + t36;
    let t38 = t33 + 1.0f;
    let t39 = select(t33, t38, t34);
    let t40 = 1.0f / t39;
    let t41 = t40 * t40;
    let t42 = 0.003968254f * t41;
    let t43 = t42 + (-0.008333334f);
    let t44 = t43 * t41;
    let t45 = t44 + 0.083333336f;
    let t46 = t41 * t45;
    let t47 = t39 < 1.1754944e-38f;
    let t48 = t39 * 16777216.0f;
    let t49 = select(t39, t48, t47);
    let t50 = bitcast<u32>(t49);
    let t51 = t50 - 1060439283u;
    let t52 = bitcast<u32>(bitcast<i32>(t51) >> 23u);
    let t53 = t52 << 23u;
    let t54 = t50 - t53;
    let t55 = bitcast<f32>(t54);
    let t56 = f32(bitcast<i32>(t52));
    let t57 = select(0.0f, 24.0f, t47);
    let t58 = t56 - t57;
    let t59 = t55 - 1.0f;
    let t60 = 2.0f + t59;
    let t61 = t59 / t60;
    let t62 = t61 * t61;
    let t63 = 0.29857206f * t62;
    let t64 = t63 + 0.3997818f;
    let t65 = t64 * t62;
    let t66 = t65 + 0.6666677f;
    let t67 = 0.5f * t59;
    let t68 = t67 * t59;
    let t69 = t62 * t66;
    let t70 = t68 + t69;
    let t71 = t61 * t70;
    let t72 = t58 * 1.4286068e-6f;
    let t73 = t71 + t72;
    let t74 = t58 * 0.69314575f;
    let t75 = t68 - t73;
    let t76 = t75 - t59;
    let t77 = t74 - t76;
    let t78 = t39 == 0.0f;
    let t79 = (bitcast<u32>(t39) & u32(0x7fffffffu)) > u32(0x7f800000u);
    let t80 = t39 < 0.0f;
    let t81 = t79 | t80;
    let t82 = (bitcast<u32>(t39) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t83 = select(t77, t39, t82);
    let t84 = select(t83, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t81);
    let t85 = select(t84, bitcast<f32>(u32(0xff800000u) ^ u32(z)), t78);
    let t86 = 0.5f * t40;
    let t87 = t86 + t46;
    let t88 = t85 - t87;
    let t89 = t88 - t37;
    let t90 = bitcast<f32>(bitcast<u32>(x) & u32(0x7fffffffu));
    let t91 = floor(t90);
    let t92 = t90 - t91;
    let t93 = t91 * 0.5f;
    let t94 = floor(t93);
    let t95 = t94 == t93;
    let t96 = !t95;
    let t97 = 0.5f < t92;
    let t98 = t92 == 0.5f;
    let t99 = t98 & t96;
    let t100 = t97 | t99;
    let t101 = t91 + 1.0f;
    let t102 = select(t91, t101, t100);
    let t103 = bitcast<f32>(bitcast<u32>(t102) & u32(0x7fffffffu));
    let t104 = -t103;
    let t105 = select(t103, t104, t1);
    let t106 = x - t105;
    let t107 = t106 * 3.1415927f;
    let t108 = t107 * 0.15915494f;
    let t109 = floor(t108);
    let t110 = t108 - t109;
    let t111 = t110 * 6.2831855f;
    let t112 = bitcast<f32>(bitcast<u32>(t107) & u32(0x7fffffffu));
    let t113 = 100000.0f < t112;
    let t114 = (bitcast<u32>(t107) & u32(0x7fffffffu)) == u32(0x7f800000u);
    let t115 = select(t107, t111, t113);
    let t116 = select(t115, bitcast<f32>(u32(0x7fc00000u) ^ u32(z)), t114);
    let t117 = t116 * 0.63661975f;
    let t118 = t117 + 0.5f;
    let t119 = floor(t118);
    let t120 = t119 * 1.5703125f;
    let t121 = t116 - t120;
    let t122 = t119 * 0.0004825592f;
    let t123 = t121 - t122;
    let t124 = t119 * 1.2516975e-6f;
    let t125 = t123 - t124;
    let t126 = t119 * 1.5832484e-8f;
    let t127 = t119 * 6.04814e-11f;
    let t128 = t125 - t126;
    let t129 = t128 - t127;
    let t130 = t125 - t128;
    let t131 = t130 - t126;
    let t132 = t128 - t129;
    let t133 = t132 - t127;
    let t134 = t131 + t133;
    let t135 = t119 * 2.896074e-13f;
    let t136 = t134 - t135;
    let t137 = t129 + t136;
    let t138 = t129 - t137;
    let t139 = t138 + t136;
    let t140 = t137 * t137;
    let t141 = 0.5f * t140;
    let t142 = 2.7976314e-6f * t140;
    let t143 = t142 + (-0.00019849763f);
    let t144 = t143 * t140;
    let t145 = t144 + 0.008333372f;
    let t146 = t145 * t140;
    let t147 = t146 + (-0.16666667f);
    let t148 = t140 * t147;
    let t149 = t137 * t148;
    let t150 = t139 * t141;
    let t151 = t139 - t150;
    let t152 = t149 + t151;
    let t153 = t137 + t152;
    let t154 = 2.4414256e-5f * t140;
    let t155 = t154 + (-0.0013887142f);
    let t156 = t155 * t140;
    let t157 = t156 + 0.04166664f;
    let t158 = 1.0f - t141;
    let t159 = 1.0f - t158;
    let t160 = t159 - t141;
    let t161 = t140 * t140;
    let t162 = t161 * t157;
    let t163 = t137 * t139;
    let t164 = t162 - t163;
    let t165 = t160 + t164;
    let t166 = t158 + t165;
    let t167 = bitcast<u32>(i32(t119));
    let t168 = t167 & 1u;
    let t169 = 0u < t168;
    let t170 = -t166;
    let t171 = select(t153, t170, t169);
    let t172 = select(t166, t153, t169);
    let t173 = t171 / t172;
    let t174 = t112 < 0.00012207031f;
    let t175 = select(t173, t107, t174);
    let t176 = 3.1415927f / t175;
    let t177 = t89 - t176;
    let t178 = select(t89, t177, t1);
    let t179 = bar * t178;
    return t179;
}

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
                    case 0u: { let both = op_add_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 1u: { let both = op_sub_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 2u: { let both = op_mul_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 3u: { let both = op_div_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 4u: { x_add = op_neg_pull(x, value, bar, z); }
                    case 5u: { x_add = op_abs_pull(x, value, bar, z); }
                    case 6u: { let both = op_min_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 7u: { let both = op_max_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 9u, 10u: { let both = op_remainder_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 11u: { x_add = op_square_pull(x, value, bar, z); }
                    case 12u, 20u: { let both = op_pow_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 19u: { let both = op_attach_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 21u: { x_add = op_sqrt_pull(x, value, bar, z); }
                    case 22u: { x_add = op_exp_pull(x, value, bar, z); }
                    case 23u: { x_add = op_log_pull(x, value, bar, z); }
                    case 24u: { let both = op_log_base_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 25u: { x_add = op_sin_pull(x, value, bar, z); }
                    case 26u: { x_add = op_cos_pull(x, value, bar, z); }
                    case 27u: { x_add = op_tan_pull(x, value, bar, z); }
                    case 28u: { x_add = op_asin_pull(x, value, bar, z); }
                    case 29u: { x_add = op_acos_pull(x, value, bar, z); }
                    case 30u: { x_add = op_atan_pull(x, value, bar, z); }
                    case 31u: { let both = op_atan2_pull(x, y, value, bar, z); x_add = both[0]; y_add = both[1]; }
                    case 32u: { x_add = op_sinh_pull(x, value, bar, z); }
                    case 33u: { x_add = op_cosh_pull(x, value, bar, z); }
                    case 34u: { x_add = op_tanh_pull(x, value, bar, z); }
                    case 35u: { x_add = op_sigmoid_pull(x, value, bar, z); }
                    case 36u: { x_add = op_erf_pull(x, value, bar, z); }
                    case 37u: { x_add = op_lgamma_pull(x, value, bar, z); }
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
