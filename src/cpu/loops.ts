/** Loop nests over arrays that broadcast through strides. */
import type { Axis } from "../graph/axis.ts";

/** The stride of each axis of `over` in a row-major array over `layout`; 0 where it lacks the axis. */
export function stridesOf(layout: readonly Axis[], over: readonly Axis[]): number[] {
  const strides = new Map<Axis, number>();
  let stride = 1;
  for (let d = layout.length - 1; d >= 0; d--) {
    strides.set(layout[d]!, stride);
    stride *= layout[d]!.size;
  }
  return over.map((axis) => strides.get(axis) ?? 0);
}

/** Extents and, for each operand, strides, outermost first. At least one dimension. */
export interface Nest {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** A nest over `axes` with neighbouring dimensions joined wherever every operand steps through them as one. */
export function makeNest(axes: readonly Axis[], operands: readonly (readonly number[])[]): Nest {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let d = axes.length - 1; d >= 0; d--) {
    const size = axes[d]!.size;
    if (size === 1) continue;
    const joins = sizes.length > 0 && strides.every((stride, k) => operands[k]![d] === stride[0]! * sizes[0]!);
    if (joins) {
      sizes[0] = sizes[0]! * size;
    } else {
      sizes.unshift(size);
      strides.forEach((stride, k) => {
        stride.unshift(operands[k]![d]!);
      });
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const stride of strides) stride.push(0);
  }
  return { sizes, strides };
}

/** Calls `row` with the offset of each operand at the start of every innermost row. */
export function forEachRow(nest: Nest, row: (offsets: Int32Array) => void): void {
  const { sizes, strides } = nest;
  const outer = sizes.length - 1;
  const operands = strides.length;
  const offsets = new Int32Array(operands);
  const counters = new Int32Array(outer);
  for (;;) {
    row(offsets);
    let d = outer - 1;
    for (; d >= 0; d--) {
      counters[d]!++;
      if (counters[d]! < sizes[d]!) {
        for (let k = 0; k < operands; k++) offsets[k]! += strides[k]![d]!;
        break;
      }
      counters[d] = 0;
      for (let k = 0; k < operands; k++) offsets[k]! -= strides[k]![d]! * (sizes[d]! - 1);
    }
    if (d < 0) return;
  }
}

export const innerSize = (nest: Nest): number => nest.sizes[nest.sizes.length - 1]!;

/** The stride of an operand along the innermost dimension. */
export const innerStride = (nest: Nest, operand: number): number => nest.strides[operand]![nest.sizes.length - 1]!;

/** The nest around the innermost dimension. */
export function withoutInner({ sizes, strides }: Nest): Nest {
  if (sizes.length === 1) return { sizes: [1], strides: strides.map(() => [0]) };
  return { sizes: sizes.slice(0, -1), strides: strides.map((stride) => stride.slice(0, -1)) };
}
