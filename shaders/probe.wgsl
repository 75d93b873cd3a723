// The frame of the start-up probe: one invocation evaluates every row of the probe's table for one set of operands.
// The rows (`results[…] = …;`) and the function `keep` are spliced in from the table and for the device: see `probe.rs`.
// All numbers come from buffers, so that no compiler can fold them.

struct Operands {
    a: f32, b: f32, c: f32, d: f32, // a sample; normal numbers, zeros, infinities, NaN
    small: f32,                     // small * shrink is subnormal
    shrink: f32,
    subnormal: f32,                 // subnormal * grow is normal
    grow: f32,
}

struct Numbers {
    zero: f32,
    magic: f32,      // 1.5 · 2²³: adding and subtracting it rounds to an integer
    scale: f32,      // 2.7
    unscale: f32,    // 0.3
    stamp: u32,      // what `summary[0]` gets
    zero_bits: u32,  // for `keep`
}

@group(0) @binding(0) var<storage, read> operands: array<Operands>;        // [sample], written by the host
@group(0) @binding(1) var<storage, read> numbers: Numbers;                 // written by the host
@group(0) @binding(2) var<storage, read_write> results: array<u32>;        // [row][sample], bits, read by the host
@group(0) @binding(3) var<storage, read_write> summary: array<u32>;        // [1], the stamp, read by the host

fn bits(e: f32) -> u32 {
    return bitcast<u32>(e);
}

@compute @workgroup_size(64)
fn probe(@builtin(global_invocation_id) id: vec3<u32>) {
    let samples = arrayLength(&operands);
    let sample = id.x;
    if sample >= samples {
        return;
    }
    let o = operands[sample];
    let n = numbers;
    //@ rows
    if sample == 0u {
        summary[0] = n.stamp;
    }
}
