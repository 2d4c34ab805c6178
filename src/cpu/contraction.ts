/** Sums of products without the products in between. */
import type { Value } from "../graph/value.ts";
import { forEachRow, innerSize, innerStride, makeNest, type Nest, stridesOf, withoutInner } from "./loops.ts";
import type { Kernel } from "./mapkernels.ts";

/** Σ a·b, where `sum` is a reduce of the map `product` and the kernel's inputs are a and b. */
export function contractionKernel(sum: Value, product: Value): Kernel {
  const [left, right] = product.inputs as [Value, Value];
  const strides = (value: Value): number[] => stridesOf(value.axes, product.axes);
  const nest = makeNest(product.axes, [strides(sum), strides(left), strides(right)]);
  // The factor that is constant along the innermost dimension comes first.
  const swap = innerStride(nest, 2) === 0 && innerStride(nest, 1) !== 0;
  const ordered: Nest = swap ? makeNest(product.axes, [strides(sum), strides(right), strides(left)]) : nest;
  const [outStride, aStride] = [innerStride(ordered, 0), innerStride(ordered, 1)];
  const block = outStride === 0 ? dotRows : aStride === 0 ? scaledRows : productRows;
  const inner = dimension(ordered);
  const outer = withoutInner(ordered);
  const rows = dimension(outer);
  return (out, [a, b]) => {
    out.fill(0);
    const [x, y] = swap ? [b!, a!] : [a!, b!];
    forEachRow(outer, (at) => block(out, x, y, at[0]!, at[1]!, at[2]!, rows, inner));
  };
}

interface Dimension {
  readonly size: number;
  readonly out: number;
  readonly a: number;
  readonly b: number;
}

const dimension = (nest: Nest): Dimension => ({
  size: innerSize(nest),
  out: innerStride(nest, 0),
  a: innerStride(nest, 1),
  b: innerStride(nest, 2),
});

/** Two dimensions: `rows` around `inner`. */
type Block = (
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  to: number,
  aAt: number,
  bAt: number,
  rows: Dimension,
  inner: Dimension,
) => void;

/** out[row] += Σ a·b. */
const dotRows: Block = (out, a, b, to, aAt, bAt, rows, inner) => {
  const { size, a: aStride, b: bStride } = inner;
  for (let row = 0; row < rows.size; row++) {
    const [aStart, bStart] = [aAt + row * rows.a, bAt + row * rows.b];
    let sum = 0;
    for (let i = 0; i < size; i++) sum += a[aStart + i * aStride]! * b[bStart + i * bStride]!;
    out[to + row * rows.out]! += sum;
  }
};

/** out[row, i] += a[row]·b[row, i]. */
const scaledRows: Block = (out, a, b, to, aAt, bAt, rows, inner) => {
  const { size, out: outStride, b: bStride } = inner;
  for (let row = 0; row < rows.size; row++) {
    const scale = a[aAt + row * rows.a]!;
    const [outStart, bStart] = [to + row * rows.out, bAt + row * rows.b];
    for (let i = 0; i < size; i++) out[outStart + i * outStride]! += scale * b[bStart + i * bStride]!;
  }
};

/** out[row, i] += a[row, i]·b[row, i]. */
const productRows: Block = (out, a, b, to, aAt, bAt, rows, inner) => {
  const { size, out: outStride, a: aStride, b: bStride } = inner;
  for (let row = 0; row < rows.size; row++) {
    const [outStart, aStart, bStart] = [to + row * rows.out, aAt + row * rows.a, bAt + row * rows.b];
    for (let i = 0; i < size; i++) {
      out[outStart + i * outStride]! += a[aStart + i * aStride]! * b[bStart + i * bStride]!;
    }
  }
};
