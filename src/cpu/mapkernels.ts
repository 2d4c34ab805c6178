/** Kernels of the scalar maps: one tight loop a row, operands broadcast through strides. */
import type { BinaryName, TernaryName, UnaryName, Value } from "../graph/value.ts";
import { forEachRow, innerSize, innerStride, makeNest, type Nest, stridesOf } from "./loops.ts";
import { binaryFunction, ternaryFunction, unaryFunction } from "./maps.ts";

/** Computes a node's values from its inputs'. */
export type Kernel = (out: Float64Array, inputs: readonly Float64Array[]) => void;

/** The nest over a value's own axes: itself, then its inputs. */
export function nestOf(value: Value, operands: readonly Value[] = value.inputs): Nest {
  return makeNest(
    value.axes,
    [value, ...operands].map((operand) => stridesOf(operand.axes, value.axes)),
  );
}

export function mapKernel(value: Value): Kernel {
  if (value.op.kind !== "map") throw new Error("not a map");
  const name = value.op.name;
  const dtype = value.inputs[0]!.dtype;
  if (name === "select") return selectKernel(value);
  if (value.inputs.length === 1) {
    const inline = dtype === "f32" ? INLINE_UNARY[name as UnaryName] : undefined;
    if (inline !== undefined) return (out, [a]) => inline(out, a!);
    const f = unaryFunction(name as UnaryName, dtype);
    return (out, [a]) => {
      for (let i = 0; i < out.length; i++) out[i] = f(a![i]!);
    };
  }
  if (value.inputs.length === 3) return ternaryKernel(value, ternaryFunction(name as TernaryName));
  const inline = dtype === "f32" ? INLINE[name as BinaryName] : undefined;
  const row = inline ?? genericRow(binaryFunction(name as BinaryName, dtype));
  const nest = nestOf(value);
  const n = innerSize(nest);
  const aStride = innerStride(nest, 1);
  const bStride = innerStride(nest, 2);
  return (out, [a, b]) => forEachRow(nest, (at) => row(out, at[0]!, n, a!, at[1]!, aStride, b!, at[2]!, bStride));
}

type Row = (
  out: Float64Array,
  at: number,
  n: number,
  a: Float64Array,
  aAt: number,
  aStride: number,
  b: Float64Array,
  bAt: number,
  bStride: number,
) => void;

const genericRow =
  (f: (a: number, b: number) => number): Row =>
  (out, at, n, a, aAt, aStride, b, bAt, bStride) => {
    for (let i = 0; i < n; i++) out[at + i] = f(a[aAt + i * aStride]!, b[bAt + i * bStride]!);
  };

/** The cheapest, without a call per element. */
const INLINE_UNARY: Partial<Record<UnaryName, (out: Float64Array, a: Float64Array) => void>> = {
  neg: (out, a) => {
    for (let i = 0; i < out.length; i++) out[i] = -a[i]!;
  },
  square: (out, a) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i]! * a[i]!;
  },
  reciprocal: (out, a) => {
    for (let i = 0; i < out.length; i++) out[i] = 1 / a[i]!;
  },
};

/** The four that make up most of a log density, without a call per element. */
const INLINE: Partial<Record<BinaryName, Row>> = {
  add: (out, at, n, a, aAt, aStride, b, bAt, bStride) => {
    for (let i = 0; i < n; i++) out[at + i] = a[aAt + i * aStride]! + b[bAt + i * bStride]!;
  },
  sub: (out, at, n, a, aAt, aStride, b, bAt, bStride) => {
    for (let i = 0; i < n; i++) out[at + i] = a[aAt + i * aStride]! - b[bAt + i * bStride]!;
  },
  mul: (out, at, n, a, aAt, aStride, b, bAt, bStride) => {
    for (let i = 0; i < n; i++) out[at + i] = a[aAt + i * aStride]! * b[bAt + i * bStride]!;
  },
  div: (out, at, n, a, aAt, aStride, b, bAt, bStride) => {
    for (let i = 0; i < n; i++) out[at + i] = a[aAt + i * aStride]! / b[bAt + i * bStride]!;
  },
};

function ternaryKernel(value: Value, f: (a: number, b: number, c: number) => number): Kernel {
  const nest = nestOf(value);
  const n = innerSize(nest);
  const [aStride, bStride, cStride] = [1, 2, 3].map((k) => innerStride(nest, k)) as [number, number, number];
  return (out, [a, b, c]) =>
    forEachRow(nest, (at) => {
      const [start, aAt, bAt, cAt] = [at[0]!, at[1]!, at[2]!, at[3]!];
      for (let i = 0; i < n; i++) {
        out[start + i] = f(a![aAt + i * aStride]!, b![bAt + i * bStride]!, c![cAt + i * cStride]!);
      }
    });
}

function selectKernel(value: Value): Kernel {
  const nest = nestOf(value);
  const n = innerSize(nest);
  const [cStride, aStride, bStride] = [1, 2, 3].map((k) => innerStride(nest, k)) as [number, number, number];
  const pick = (out: Float64Array, at: number, from: Float64Array, start: number, stride: number): void => {
    for (let i = 0; i < n; i++) out[at + i] = from[start + i * stride]!;
  };
  return (out, [condition, a, b]) =>
    forEachRow(nest, (at) => {
      if (cStride === 0) {
        if (condition![at[1]!] !== 0) pick(out, at[0]!, a!, at[2]!, aStride);
        else pick(out, at[0]!, b!, at[3]!, bStride);
        return;
      }
      const [start, cAt, aAt, bAt] = [at[0]!, at[1]!, at[2]!, at[3]!];
      for (let i = 0; i < n; i++) {
        out[start + i] = condition![cAt + i * cStride] !== 0 ? a![aAt + i * aStride]! : b![bAt + i * bStride]!;
      }
    });
}
