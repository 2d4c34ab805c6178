import { leafClosure } from "../../src/compile/leaves.ts";
import type { GpuDevice } from "../../src/webgpu/device.ts";
import { runKernel } from "../support/gpu.ts";

const PER_THREAD = 16;

/**
 * Evaluates a WGSL expression in x (and y and z) at every point, in one dispatch. The arguments travel as bits, and so does
 * the result, of type f32 (`kind` "f32") or bool (1 or 0).
 */
export async function evaluate(
  device: GpuDevice,
  leaves: readonly string[],
  expression: string,
  x: Float32Array<ArrayBuffer>,
  y: Float32Array<ArrayBuffer> = x,
  kind: "f32" | "bool" = "f32",
  z: Float32Array<ArrayBuffer> = x,
): Promise<Float32Array> {
  const packed = new Float32Array(3 * x.length);
  for (let i = 0; i < x.length; i++) {
    packed.set([x[i]!, y[i]!, z[i]!], 3 * i);
  }
  const result = kind === "bool" ? `select(0.0, 1.0, ${expression})` : expression;
  const wgsl = `${leafClosure(leaves)}
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var j = 0u; j < ${PER_THREAD}u; j++) {
    let i = id.x * ${PER_THREAD}u + j;
    if (i < arrayLength(&data) / 3u) {
      let x = bitcast<f32>(data[3u * i]);
      let y = bitcast<f32>(data[3u * i + 1u]);
      let z = bitcast<f32>(data[3u * i + 2u]);
      data[3u * i] = bitcast<u32>(${result});
    }
  }
}`;
  const out = await runKernel(device, wgsl, packed, Math.ceil(x.length / (64 * PER_THREAD)), expression);
  return Float32Array.from({ length: x.length }, (_, i) => out[3 * i]!);
}
