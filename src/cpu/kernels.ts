/** Kernels of every other kind of node. Each is planned once: strides and index tables are computed ahead. */
import { type Axis, isDrawAxis, sizeOf, unionAxes, withoutAxes } from "../graph/axis.ts";
import { evaluateIndex } from "../graph/indexmap.ts";
import type { Op, Value } from "../graph/value.ts";
import { forEachRow, innerSize, innerStride, makeNest, stridesOf } from "./loops.ts";
import { type Kernel, mapKernel } from "./mapkernels.ts";
import { foldKey, normalFromBits, threefry2x32Into, uniformFromBits } from "./threefry.ts";

type OpOf<Kind extends Op["kind"]> = Extract<Op, { kind: Kind }>;

export function planKernel(value: Value): Kernel {
  const op = value.op;
  switch (op.kind) {
    case "constant":
      return (out) => out.fill(op.value);
    case "iota":
      return (out) => {
        for (let i = 0; i < out.length; i++) out[i] = i;
      };
    case "map":
      return mapKernel(value);
    case "stop":
      return (out, [x]) => out.set(x!);
    case "random":
      return randomKernel(value, op);
    case "reindex":
      return reindexKernel(value, op);
    case "gather":
      return gatherKernel(value, op);
    case "segment":
      return segmentKernel(value, op);
    case "reduce":
      return reduceKernel(value, op);
    case "triangularSolve":
      return triangularSolveKernel(value, op);
    case "cholesky":
      return choleskyKernel(value, op);
    case "scan":
    case "input":
      throw new Error(`a ${op.kind} has no kernel of its own`);
  }
}

/**
 * Two neighbours in the linear index of the axes other than draw are the two words at one counter, (draw + offset,
 * index >> 1); the key is folded from (seed, stream, step).
 */
function randomKernel(value: Value, op: OpOf<"random">): Kernel {
  const draws = value.axes.find(isDrawAxis)?.size ?? 1;
  const elements = value.size / draws;
  const words = new Uint32Array(2);
  const fromBits = op.distribution === "normal" ? normalFromBits : uniformFromBits;
  return (out, [seed, step, drawOffset]) => {
    const [k0, k1] = foldKey(seed![0]!, op.stream, step![0]!, 0);
    for (let pair = 0; 2 * pair < elements; pair++) {
      for (let draw = 0; draw < draws; draw++) {
        threefry2x32Into(words, 0, k0, k1, (draw + drawOffset![0]!) >>> 0, pair);
        out[2 * pair * draws + draw] = fromBits(words[0]!);
        if (2 * pair + 1 < elements) out[(2 * pair + 1) * draws + draw] = fromBits(words[1]!);
      }
    }
  };
}

/** A table over the axes that the index expressions mention holds the source offset, or −1 for the fill value. */
function reindexKernel(value: Value, op: OpOf<"reindex">): Kernel {
  const x = value.inputs[0]!;
  const { source, guards } = op.map;
  const expressions = [...source, ...guards].map((entry) => entry.index);
  const mentioned = unionAxes(expressions.flatMap((index) => index.terms.map((term) => term.axis)));
  const sourceStrides = stridesOf(
    x.axes,
    source.map((entry) => entry.axis),
  );
  const table = new Int32Array(sizeOf(mentioned));
  const position = new Map<Axis, number>();
  const indexOf = (axis: Axis): number => position.get(axis) ?? 0;
  for (let cell = 0; cell < table.length; cell++) {
    let rest = cell;
    for (let d = mentioned.length - 1; d >= 0; d--) {
      const axis = mentioned[d]!;
      position.set(axis, rest % axis.size);
      rest = Math.floor(rest / axis.size);
    }
    const inside = guards.every(({ index, size }) => {
      const at = evaluateIndex(index, indexOf);
      return at >= 0 && at < size;
    });
    table[cell] = inside
      ? source.reduce((offset, entry, k) => offset + sourceStrides[k]! * evaluateIndex(entry.index, indexOf), 0)
      : -1;
  }
  const replaced = new Set(source.map((entry) => entry.axis));
  const xStrides = stridesOf(x.axes, value.axes).map((stride, d) => (replaced.has(value.axes[d]!) ? 0 : stride));
  const nest = makeNest(value.axes, [stridesOf(value.axes, value.axes), xStrides, stridesOf(mentioned, value.axes)]);
  const n = innerSize(nest);
  const xStride = innerStride(nest, 1);
  const tableStride = innerStride(nest, 2);
  return (out, [from]) =>
    forEachRow(nest, (at) => {
      for (let i = 0; i < n; i++) {
        const offset = table[at[2]! + i * tableStride]!;
        out[at[0]! + i] = offset < 0 ? op.fill : from![at[1]! + i * xStride + offset]!;
      }
    });
}

/** An index outside the axis gives NaN (0 for integers): loud, and no other element's value. */
function gatherKernel(value: Value, op: OpOf<"gather">): Kernel {
  const [x, index] = value.inputs as [Value, Value];
  const [along] = stridesOf(x.axes, [op.axis]) as [number];
  const nest = makeNest(value.axes, [
    stridesOf(value.axes, value.axes),
    stridesOf(x.axes, value.axes),
    stridesOf(index.axes, value.axes),
  ]);
  const n = innerSize(nest);
  const xStride = innerStride(nest, 1);
  const indexStride = innerStride(nest, 2);
  const size = op.axis.size;
  const outside = value.dtype === "f32" ? Number.NaN : 0;
  return (out, [from, positions]) =>
    forEachRow(nest, (at) => {
      const [to, start, indexAt] = [at[0]!, at[1]!, at[2]!];
      if (indexStride === 0) {
        const k = positions![indexAt]!;
        if (!(k >= 0 && k < size)) out.fill(outside, to, to + n);
        else for (let i = 0; i < n; i++) out[to + i] = from![start + k * along + i * xStride]!;
        return;
      }
      for (let i = 0; i < n; i++) {
        const k = positions![indexAt + i * indexStride]!;
        out[to + i] = k >= 0 && k < size ? from![start + i * xStride + k * along]! : outside;
      }
    });
}

/** The value of a maximum over nothing. */
export const emptyMaximum = (value: Value): number => {
  if (value.dtype === "f32") return Number.NEGATIVE_INFINITY;
  return value.dtype === "i32" ? -2147483648 : 0;
};

/** Rows whose index lies outside `out` are left out. A segment without rows sums to 0; its maximum is −∞. */
function segmentKernel(value: Value, op: OpOf<"segment">): Kernel {
  const [x, index] = value.inputs as [Value, Value];
  const [along] = stridesOf(value.axes, [op.out]) as [number];
  const others = withoutAxes(value.axes, [op.out]);
  // Rows outermost, so that every element of a segment is summed in the order of its rows.
  const axes = [...index.axes, ...others];
  const nest = makeNest(axes, [
    axes.map((axis) => (axis === op.out ? 0 : stridesOf(value.axes, [axis])[0]!)),
    stridesOf(x.axes, axes),
    stridesOf(index.axes, axes),
  ]);
  const n = innerSize(nest);
  const [outStride, xStride, indexStride] = [0, 1, 2].map((k) => innerStride(nest, k)) as [number, number, number];
  const size = op.out.size;
  const isSum = op.reducer === "sum";
  return (out, [from, positions]) => {
    out.fill(isSum ? 0 : emptyMaximum(value));
    forEachRow(nest, (at) => {
      const [base, start, indexAt] = [at[0]!, at[1]!, at[2]!];
      if (indexStride === 0 && isSum) {
        const k = positions![indexAt]!;
        if (!(k >= 0 && k < size)) return;
        for (let i = 0; i < n; i++) out[base + k * along + i * outStride]! += from![start + i * xStride]!;
        return;
      }
      for (let i = 0; i < n; i++) {
        const k = positions![indexAt + i * indexStride]!;
        if (!(k >= 0 && k < size)) continue;
        const to = base + i * outStride + k * along;
        const next = from![start + i * xStride]!;
        if (isSum) out[to]! += next;
        else if (next > out[to]! || Number.isNaN(next)) out[to] = next;
      }
    });
  };
}

function reduceKernel(value: Value, op: OpOf<"reduce">): Kernel {
  const x = value.inputs[0]!;
  const nest = makeNest(x.axes, [stridesOf(value.axes, x.axes), stridesOf(x.axes, x.axes)]);
  const n = innerSize(nest);
  const outStride = innerStride(nest, 0);
  const accumulateSum = (out: Float64Array, from: Float64Array): void =>
    forEachRow(nest, (at) => {
      const [to, start] = [at[0]!, at[1]!];
      if (outStride === 0) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += from[start + i]!;
        out[to]! += sum;
      } else {
        for (let i = 0; i < n; i++) out[to + i * outStride]! += from[start + i]!;
      }
    });
  const accumulateMaximum = (out: Float64Array, from: Float64Array): void =>
    forEachRow(nest, (at) => {
      for (let i = 0; i < n; i++) {
        const to = at[0]! + i * outStride;
        const next = from[at[1]! + i]!;
        if (next > out[to]! || Number.isNaN(next)) out[to] = next; // a NaN stays: nothing is greater
      }
    });
  if (op.reducer === "sum") {
    return (out, [from]) => {
      out.fill(0);
      accumulateSum(out, from!);
    };
  }
  const low = emptyMaximum(value);
  if (op.reducer === "max") {
    return (out, [from]) => {
      out.fill(low);
      accumulateMaximum(out, from!);
    };
  }
  return (out, [from]) => {
    const high = new Float64Array(out.length).fill(low);
    accumulateMaximum(high, from!);
    out.fill(0);
    forEachRow(nest, (at) => {
      for (let i = 0; i < n; i++) {
        const to = at[0]! + i * outStride;
        out[to]! += Math.exp(from![at[1]! + i]! - high[to]!);
      }
    });
    // Where the maximum is infinite or NaN, it is the answer.
    for (let i = 0; i < out.length; i++) out[i] = Number.isFinite(high[i]) ? high[i]! + Math.log(out[i]!) : high[i]!;
  };
}

/** Forward substitution for L x = b, backward for Lᵀ x = b; the upper triangle is never read. */
function triangularSolveKernel(value: Value, op: OpOf<"triangularSolve">): Kernel {
  const [L, b] = value.inputs as [Value, Value];
  const batch = withoutAxes(value.axes, [op.row]);
  const nest = makeNest(
    batch,
    [value, L, b].map((operand) => stridesOf(operand.axes, batch)),
  );
  const lanes = innerSize(nest);
  const [xLane, lLane, bLane] = [0, 1, 2].map((k) => innerStride(nest, k)) as [number, number, number];
  const [xStride] = stridesOf(value.axes, [op.row]) as [number];
  const [bStride] = stridesOf(b.axes, [op.row]) as [number];
  const [rowStride, columnStride] = stridesOf(L.axes, [op.row, op.column]) as [number, number];
  // In Lᵀ rows and columns change places and the order runs backwards.
  const [down, across] = op.transpose ? [columnStride, rowStride] : [rowStride, columnStride];
  const size = op.row.size;
  return (out, [matrix, right]) =>
    forEachRow(nest, (at) => {
      for (let lane = 0; lane < lanes; lane++) {
        const [xAt, lAt, bAt] = [at[0]! + lane * xLane, at[1]! + lane * lLane, at[2]! + lane * bLane];
        for (let k = 0; k < size; k++) {
          const i = op.transpose ? size - 1 - k : k;
          let rest = right![bAt + i * bStride]!;
          for (let m = 0; m < k; m++) {
            const j = op.transpose ? size - 1 - m : m;
            rest -= matrix![lAt + i * down + j * across]! * out[xAt + j * xStride]!;
          }
          out[xAt + i * xStride] = rest / matrix![lAt + i * (down + across)]!;
        }
      }
    });
}

/** Column by column; a pivot that is not positive makes the rest of the factor NaN. The upper triangle is zero. */
function choleskyKernel(value: Value, op: OpOf<"cholesky">): Kernel {
  const batch = withoutAxes(value.axes, [op.row, op.column]);
  const nest = makeNest(batch, [stridesOf(value.axes, batch)]);
  const lanes = innerSize(nest);
  const lane = innerStride(nest, 0);
  const [down, across] = stridesOf(value.axes, [op.row, op.column]) as [number, number];
  const size = op.row.size;
  return (out, [matrix]) => {
    out.fill(0);
    forEachRow(nest, (at) => {
      for (let k = 0; k < lanes; k++) {
        const start = at[0]! + k * lane;
        for (let j = 0; j < size; j++) {
          for (let i = j; i < size; i++) {
            let rest = matrix![start + i * down + j * across]!;
            for (let m = 0; m < j; m++)
              rest -= out[start + i * down + m * across]! * out[start + j * down + m * across]!;
            const pivot = out[start + j * (down + across)]!;
            out[start + i * down + j * across] = i > j ? rest / pivot : rest > 0 ? Math.sqrt(rest) : Number.NaN;
          }
        }
      }
    });
  };
}
