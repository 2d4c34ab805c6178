/** Between the order of axes a user writes and the canonical order values are stored in. */
import { type Axis, sizeOf, unionAxes } from "../graph/axis.ts";

/**
 * For every row-major position over `axes` as given, the position in the canonical layout of the same axes;
 * null where the two agree.
 */
export function canonicalPositions(axes: readonly Axis[]): Int32Array | null {
  const canonical = unionAxes(axes);
  if (canonical.every((axis, i) => axis === axes[i])) return null;
  const stride = new Map<Axis, number>();
  let size = 1;
  for (const axis of [...canonical].reverse()) {
    stride.set(axis, size);
    size *= axis.size;
  }
  const strides = axes.map((axis) => stride.get(axis)!);
  const positions = new Int32Array(size);
  const index = axes.map(() => 0);
  for (let linear = 0; linear < size; linear++) {
    let position = 0;
    for (let k = 0; k < axes.length; k++) position += index[k]! * strides[k]!;
    positions[linear] = position;
    for (let k = axes.length - 1; k >= 0; k--) {
      index[k] = index[k]! + 1;
      if (index[k]! < axes[k]!.size) break;
      index[k] = 0;
    }
  }
  return positions;
}

/** Values given row-major over `axes` as written, laid out canonically. */
export function toCanonical(values: Float64Array, axes: readonly Axis[]): Float64Array {
  const positions = canonicalPositions(axes);
  if (positions === null) return values;
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[positions[i]!] = values[i]!;
  return result;
}

/** Canonically laid out values, row-major over `axes` as written. */
export function fromCanonical(values: Float64Array, axes: readonly Axis[]): Float64Array {
  const positions = canonicalPositions(axes);
  if (positions === null) return values;
  return Float64Array.from(positions, (position) => values[position]!);
}

/** Index tuple of a row-major position, from 1: "[2,3]"; "" for a scalar. */
export function indexLabel(axes: readonly Axis[], linear: number): string {
  if (axes.length === 0) return "";
  const index: number[] = [];
  let rest = linear;
  for (const axis of [...axes].reverse()) {
    index.unshift((rest % axis.size) + 1);
    rest = Math.floor(rest / axis.size);
  }
  return `[${index.join(",")}]`;
}

/** Scalar names as Stan writes them: `theta[1]`, `b[2,3]`, from 1, row-major over `axes` as given. */
export function scalarNames(name: string, axes: readonly Axis[]): string[] {
  return Array.from({ length: sizeOf(axes) }, (_, i) => name + indexLabel(axes, i));
}

/** "school:8 × year:3", for messages. */
export const describeAxes = (axes: readonly Axis[]): string => (axes.length === 0 ? "a scalar" : axes.join(" × "));

export const describePlates = (axes: readonly Axis[]): string => `[${axes.map((axis) => axis.name).join(", ")}]`;
