// Runs captures on Dawn and compares every word with what wgpu left: node replay.mjs FOLDER [REPORT.json]
//
// FOLDER has `name.json` and `name.bin` of each capture (src/device/capture.rs). A word that is a NaN on both sides is the
// same, whatever its payload; such words are counted apart. Ends with 1 if any other word differs.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const PATIENCE_MS = 120_000;
const SHOWN = 5;

const [folder, reportPath] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node replay.mjs FOLDER [REPORT.json]');
  process.exit(2);
}

// The package is looked for where the caller has put it: from the working directory on.
const here = createRequire(join(process.cwd(), 'from-here.js'));
const { create, globals } = await import(here.resolve('webgpu'));
Object.assign(globalThis, globals);

const isNaN32 = (bits) => (bits & 0x7fffffff) >>> 0 > 0x7f800000;
const hex = (bits) => `0x${(bits >>> 0).toString(16).padStart(8, '0')}`;

/// Fails where `promise` is not kept in time.
function inTime(promise, what) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what}: not finished after ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
  });
  return Promise.race([promise, late]);
}

/// One capture on one device.
class Replay {
  constructor(device, name) {
    this.device = device;
    this.name = name;
    const { events, contents } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const bytes = readFileSync(join(folder, `${name}.bin`));
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    Object.assign(this, { events, contents, kernels: [], buffers: [] });
    this.counts = { kernels: 0, dispatches: 0, words: 0, differing: 0, otherNaNs: 0 };
    this.differences = [];
  }

  stretch({ start, count }) {
    return this.words.subarray(start, start + count);
  }

  /// Runs `call` and fails with whatever Dawn says against it.
  async checked(what, call) {
    for (const filter of ['validation', 'out-of-memory', 'internal']) this.device.pushErrorScope(filter);
    const value = await call();
    for (let scope = 0; scope < 3; scope++) {
      const error = await this.device.popErrorScope();
      if (error) throw new Error(`${this.name}: ${what}: ${error.message}`);
    }
    return value;
  }

  async kernel({ label, text, entry, bindings }) {
    const types = { 'read-only': 'read-only-storage', 'read-write': 'storage', uniform: 'uniform' };
    const entries = bindings.map((kind, binding) => {
      return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: types[kind] } };
    });
    await this.checked(`kernel ${label}`, async () => {
      const module = this.device.createShaderModule({ label, code: text });
      const { messages } = await module.getCompilationInfo();
      for (const message of messages) {
        console.log(`${this.name}: Tint on ${label}: ${message.type} ${message.lineNum}:${message.linePos} ${message.message}`);
      }
      const layout = this.device.createBindGroupLayout({ entries });
      const pipeline = await this.device.createComputePipelineAsync({
        label,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: entry },
      });
      this.kernels.push({ label, layout, pipeline });
    });
    this.counts.kernels += 1;
  }

  buffer({ label, bytes }) {
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const usage = STORAGE | UNIFORM | COPY_SRC | COPY_DST;
    return this.checked(`buffer ${label}`, () => {
      this.buffers.push({ label, raw: this.device.createBuffer({ label, size: bytes, usage }) });
    });
  }

  write({ buffer, offset, words }) {
    const stretch = this.stretch(words);
    return this.checked(`writing ${this.buffers[buffer].label}`, () => {
      this.device.queue.writeBuffer(this.buffers[buffer].raw, offset, stretch);
    });
  }

  dispatch(encoder, { kernel, buffers, workgroups }) {
    const { layout, pipeline } = this.kernels[kernel];
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer: this.buffers[buffer].raw } }));
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...workgroups);
    pass.end();
    this.counts.dispatches += 1;
  }

  async submit({ label, steps, reads }) {
    await this.checked(label, () => {
      const encoder = this.device.createCommandEncoder();
      for (const step of steps) {
        if (step.step === 'dispatch') {
          this.dispatch(encoder, step);
        } else if (step.step === 'copy') {
          const [from, to] = [this.buffers[step.from].raw, this.buffers[step.to].raw];
          encoder.copyBufferToBuffer(from, step.from_offset, to, step.to_offset, step.bytes);
        } else {
          encoder.clearBuffer(this.buffers[step.buffer].raw);
        }
      }
      this.device.queue.submit([encoder.finish()]);
    });
    for (const { buffer, offset, words } of reads) {
      if (words) await this.compare(`after ${label}`, buffer, offset, words);
    }
  }

  /// Compares a part of a buffer with what wgpu left there.
  async compare(when, buffer, offset, words) {
    if (words.count === 0) return;
    const { label, raw } = this.buffers[buffer];
    const size = 4 * words.count;
    const staging = this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(raw, offset, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await inTime(staging.mapAsync(GPUMapMode.READ), `${this.name}: reading ${label} ${when}`);
    const found = new Uint32Array(staging.getMappedRange());
    const expected = this.stretch(words);
    this.counts.words += words.count;
    for (let index = 0; index < words.count; index++) {
      if (found[index] === expected[index]) continue;
      if (isNaN32(found[index]) && isNaN32(expected[index])) {
        this.counts.otherNaNs += 1;
        continue;
      }
      this.counts.differing += 1;
      if (this.differences.length < SHOWN) {
        this.differences.push(`${label} ${when}, word ${offset / 4 + index}: ${hex(found[index])}, wgpu ${hex(expected[index])}`);
      }
    }
    staging.unmap();
    staging.destroy();
  }

  async run() {
    for (const event of this.events) await this[event.event](event);
    for (const [buffer, words] of this.contents.entries()) await this.compare('in the end', buffer, 0, words);
    for (const { raw } of this.buffers) raw.destroy();
  }
}

const gpu = create(['backend=vulkan']);
const names = readdirSync(folder).filter((file) => file.endsWith('.bin')).map((file) => file.slice(0, -4)).sort();
if (names.length === 0) throw new Error(`no captures in ${folder}`);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('Dawn finds no Vulkan adapter');
const report = { adapter: adapter.info.description, captures: {} };
console.log(`Dawn on ${report.adapter}`);
let differing = 0;
for (const name of names) {
  const begun = performance.now();
  // A device asked for nothing has WebGPU's default limits.
  const device = await (await gpu.requestAdapter()).requestDevice();
  device.addEventListener?.('uncapturederror', ({ error }) => { throw error; });
  const replay = new Replay(device, name);
  await replay.run();
  device.destroy();
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  report.captures[name] = { ...replay.counts, seconds };
  differing += replay.counts.differing;
  console.log(name, JSON.stringify(report.captures[name]));
  for (const difference of replay.differences) console.log(`  ${difference}`);
}
if (reportPath) writeFileSync(reportPath, `${JSON.stringify(report, null, 2)}\n`);
process.exit(differing === 0 ? 0 : 1);
