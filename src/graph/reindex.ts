/** The named index maps: each gives its map and the transposed one, which is its adjoint. */
import type { Axis } from "./axis.ts";
import { GraphError } from "./errors.ts";
import { affine, type IndexMap } from "./indexmap.ts";
import { reindex } from "./ops.ts";
import type { Value } from "./value.ts";

const mustHave = (x: Value, axis: Axis, what: string): void => {
  if (!x.hasAxis(axis)) throw new GraphError(`${what}: the value has no axis "${axis.name}"`);
};
const mustLack = (x: Value, axis: Axis, what: string): void => {
  if (x.hasAxis(axis)) throw new GraphError(`${what}: the value already has the axis "${axis.name}"`);
};

/**
 * y[to := i] = x[from := i·stride + offset], `fill` where that lies outside x. With offset 0 and equal extents it
 * renames; with a smaller `to` it slices; with a negative offset it pads.
 */
export function window(x: Value, from: Axis, to: Axis, offset = 0, fill = 0, stride = 1): Value {
  mustHave(x, from, "window");
  if (from !== to) mustLack(x, to, "window");
  const forward = affine([[to, stride]], offset);
  const inRange = offset >= 0 && offset + (to.size - 1) * stride < from.size;
  const map: IndexMap = {
    out: [to],
    source: [{ axis: from, index: forward }],
    guards: inRange ? [] : [{ index: forward, size: from.size }],
  };
  const back = affine([[from, 1]], -offset, stride);
  const backGuards = [];
  const covers = stride === 1 && -offset >= 0 && from.size - 1 - offset < to.size;
  if (!covers) backGuards.push({ index: back, size: to.size });
  if (stride !== 1) backGuards.push({ index: affine([[from, 1]], -offset, 1, stride), size: 1 });
  return reindex(x, map, { out: [from], source: [{ axis: to, index: back }], guards: backGuards }, fill);
}

/** The same values along another axis of the same extent. */
export function rename(x: Value, from: Axis, to: Axis): Value {
  if (from === to || !x.hasAxis(from)) return x;
  if (from.size !== to.size) throw new GraphError(`rename: ${from} and ${to} differ in extent`);
  return window(x, from, to);
}

/** x[start … start + to.size − 1] along `from`, as axis `to`. */
export function slice(x: Value, from: Axis, to: Axis, start = 0): Value {
  if (start < 0 || start + to.size > from.size) throw new GraphError(`slice: ${to} from ${start} exceeds ${from}`);
  return window(x, from, to, start);
}

/** x along `from` put at `start` of the longer axis `to`, `fill` elsewhere. Concatenation is a sum of pads. */
export const pad = (x: Value, from: Axis, to: Axis, start = 0, fill = 0): Value => window(x, from, to, -start, fill);

/** y[i] = x[i − by], `fill` where i − by is outside. */
export const shift = (x: Value, axis: Axis, by: number, fill = 0): Value => window(x, axis, axis, -by, fill);

/** One entry along `axis`; the result lacks the axis. */
export function at(x: Value, axis: Axis, position: number): Value {
  if (!x.hasAxis(axis)) return x;
  if (position < 0 || position >= axis.size) throw new GraphError(`at: ${position} is outside ${axis}`);
  return reindex(
    x,
    { out: [], source: [{ axis, index: affine([], position) }], guards: [] },
    { out: [axis], source: [], guards: [{ index: affine([[axis, 1]], -position), size: 1 }] },
  );
}

/** A scalar along `axis` put at `position` of it, zero elsewhere: the adjoint of `at`. */
export function place(x: Value, axis: Axis, position: number): Value {
  mustLack(x, axis, "place");
  return reindex(
    x,
    { out: [axis], source: [], guards: [{ index: affine([[axis, 1]], -position), size: 1 }] },
    { out: [], source: [{ axis, index: affine([], position) }], guards: [] },
  );
}

/** y[i] = x[i, j := i]. */
export function diagonal(x: Value, i: Axis, j: Axis): Value {
  mustHave(x, i, "diagonal");
  mustHave(x, j, "diagonal");
  return reindex(x, ...diagonalMaps(i, j));
}

/** y[i, j] = x[i] where i = j, zero elsewhere. */
export function embedDiagonal(x: Value, i: Axis, j: Axis): Value {
  mustHave(x, i, "embedDiagonal");
  mustLack(x, j, "embedDiagonal");
  const [map, transposed] = diagonalMaps(i, j);
  return reindex(x, transposed, map);
}

function diagonalMaps(i: Axis, j: Axis): [IndexMap, IndexMap] {
  const equal = affine([
    [i, 1],
    [j, -1],
  ]);
  return [
    { out: [i], source: [{ axis: j, index: affine([[i, 1]]) }], guards: [] },
    { out: [i, j], source: [], guards: [{ index: equal, size: 1 }] },
  ];
}

/** The indices of `parts`, row-major, laid along `whole` from `start`: y[parts…] = x[whole := start + linear(parts)]. */
export function split(x: Value, whole: Axis, parts: readonly Axis[], start = 0): Value {
  mustHave(x, whole, "split");
  for (const part of parts) mustLack(x, part, "split");
  const [map, transposed] = splitMaps(whole, parts, start);
  return reindex(x, map, transposed);
}

/** The inverse of `split`: x over `parts` laid row-major along `whole` from `start`, zero elsewhere. */
export function merge(x: Value, parts: readonly Axis[], whole: Axis, start = 0): Value {
  for (const part of parts) mustHave(x, part, "merge");
  mustLack(x, whole, "merge");
  const [map, transposed] = splitMaps(whole, parts, start);
  return reindex(x, transposed, map);
}

function splitMaps(whole: Axis, parts: readonly Axis[], start: number): [IndexMap, IndexMap] {
  let stride = 1;
  const terms: [Axis, number][] = [];
  const backward = [];
  for (const part of [...parts].reverse()) {
    terms.unshift([part, stride]);
    const modulus = stride * part.size < whole.size || parts.length > 1 ? part.size : 0;
    backward.push({ axis: part, index: affine([[whole, 1]], -start, stride, modulus) });
    stride *= part.size;
  }
  if (start < 0 || start + stride > whole.size)
    throw new GraphError(`split: ${parts.join(" × ")} from ${start} exceeds ${whole}`);
  const exact = start === 0 && stride === whole.size;
  return [
    { out: parts, source: [{ axis: whole, index: affine(terms, start) }], guards: [] },
    { out: [whole], source: backward, guards: exact ? [] : [{ index: affine([[whole, 1]], -start), size: stride }] },
  ];
}
