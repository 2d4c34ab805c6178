/** The ways a random graph grows by a node or a few; each keeps values within an interval it knows. */
import { Axis, sizeOf, unionAxes, withoutAxes } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { cholesky } from "../../src/graph/linalg.ts";
import * as g from "../../src/graph/ops.ts";
import * as r from "../../src/graph/reindex.ts";
import { scanAll } from "../../src/graph/scan.ts";
import type { BinaryName, UnaryName, Value } from "../../src/graph/value.ts";
import type { RandomNumbers } from "./numbers.ts";
import { type Entry, MAX_SIZE, type Step } from "./random-builder.ts";

/** An interval known from the ends because the function is monotone there. */
const monotone =
  (f: (x: number) => number) =>
  (low: number, high: number): [number, number] => {
    const [x, y] = [f(low), f(high)];
    return [Math.min(x, y), Math.max(x, y)];
  };
const always = (low: number, high: number) => (): [number, number] => [low, high];
const biggest = (low: number, high: number): number => Math.max(Math.abs(low), Math.abs(high));

/** For each unary map the interval it may be given and the interval it answers with. */
const UNARY: Partial<Record<UnaryName, readonly [number, number, (low: number, high: number) => [number, number]]>> = {
  neg: [-1e3, 1e3, (low, high) => [-high, -low]],
  abs: [-1e3, 1e3, (low, high) => [0, biggest(low, high)]],
  exp: [-4, 4, monotone(Math.exp)],
  log: [0.05, 1e3, monotone(Math.log)],
  log1p: [-0.9, 1e3, monotone(Math.log1p)],
  expm1: [-4, 4, monotone(Math.expm1)],
  sqrt: [0.01, 1e3, monotone(Math.sqrt)],
  square: [-20, 20, (low, high) => [0, biggest(low, high) ** 2]],
  reciprocal: [0.1, 1e3, monotone((x) => 1 / x)],
  sin: [-6, 6, always(-1, 1)],
  cos: [-6, 6, always(-1, 1)],
  atan: [-1e3, 1e3, always(-1.6, 1.6)],
  tanh: [-20, 20, always(-1, 1)],
  sigmoid: [-20, 20, always(0, 1)],
  logSigmoid: [-20, 20, always(-21, 0)],
  softplus: [-20, 20, always(0, 21)],
  erf: [-4, 4, always(-1, 1)],
  erfc: [-4, 4, always(0, 2)],
  erfinv: [-0.9, 0.9, always(-1.2, 1.2)],
  lgamma: [0.1, 20, always(-0.2, 40)],
  digamma: [0.3, 20, always(-4, 3)],
  trigamma: [0.3, 20, always(0, 13)],
  logFactorial: [0, 20, always(-0.2, 43)],
  logNormalCdf: [-8, 8, always(-36, 0)],
  inverseMills: [-8, 8, always(0, 8.2)],
  log1mExp: [-10, -0.1, always(-2.4, 0)],
  logBesselI0: [-20, 20, always(0, 18)],
  besselRatio: [-20, 20, always(-1, 1)],
};

const combine = (f: (a: number, b: number) => number, a: Entry, b: Entry): [number, number] => {
  const ends = [f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)];
  return [Math.min(...ends), Math.max(...ends)];
};

const SMOOTH_UNARY = (Object.keys(UNARY) as UnaryName[]).filter((name) => name !== "trigamma");

const unaryStep: Step = (b, random) => {
  const name = random.pick(SMOOTH_UNARY);
  const [low, high, range] = UNARY[name]!;
  const x = b.within(b.pick(), low, high);
  const [from, to] = range(x.low, x.high);
  return { value: g.unary(name, x.value), low: from, high: to, exact: false };
};

const binaryStep: Step = (b, random) => {
  const name = random.pick(["add", "sub", "mul", "div", "pow", "min", "max", "logBeta", "logAddExp"] as const);
  const pick = (low: number, high: number): Entry => b.within(b.pick(), low, high);
  const self = random.next() < 0.1;
  const made = (f: (p: number, q: number) => number, x: Entry, second: () => Entry): Entry => {
    const y = self ? x : second();
    const [low, high] = combine(f, x, y);
    return { value: g.binary(name, x.value, y.value), low, high, exact: false };
  };
  const wide = (): Entry => pick(-20, 20);
  const orLiteral = (chance: number, low: number, high: number) => (): Entry =>
    random.next() < chance ? literal(random) : pick(low, high);
  switch (name) {
    case "add":
      return made((p, q) => p + q, wide(), wide);
    case "sub":
      return made((p, q) => p - q, wide(), wide);
    case "mul":
      return made((p, q) => p * q, wide(), orLiteral(0.3, -20, 20));
    case "div":
      return made((p, q) => p / q, pick(0.2, 50), orLiteral(0.3, 0.2, 50));
    case "pow":
      return made((p, q) => p ** q, pick(0.2, 4), orLiteral(0.5, -2, 2));
    case "min":
    case "max":
      return made(Math[name], wide(), wide);
    case "logBeta":
      return made(
        (p, q) => (p + q) * -1.5,
        pick(0.2, 10),
        () => pick(0.2, 10),
      );
    case "logAddExp":
      return made((p, q) => Math.max(p, q) + 0.7, wide(), wide);
  }
};

/** Incomplete gamma and beta functions, of shapes from 0.5 to 6. */
const incompleteStep: Step = (b, random) => {
  const pick = (low: number, high: number): Value => b.within(b.pick(), low, high).value;
  const [p, q] = [pick(0.5, 6), pick(0.5, 6)];
  const kind = random.pick(["P", "Q", "I"] as const);
  const value = kind === "I" ? g.logIncompleteBeta(p, q, pick(0.05, 0.95)) : g.binary(`logGamma${kind}`, p, q);
  return { value, low: -23, high: 0, exact: false };
};

/** Constants that rules look for. */
function literal(random: RandomNumbers): Entry {
  const number = random.pick([1, -1, 2, 0.5, 3, -0.25]);
  return { value: g.constant(number), low: number, high: number, exact: true };
}

const literalStep: Step = (b, random) => {
  const x = b.within(b.pick(), -50, 50);
  const number = random.pick([0, 1, -1, 2, 0.5, -3]);
  const name: BinaryName = random.pick(["add", "sub", "mul"] as const);
  const value = random.next() < 0.5 ? g.binary(name, x.value, number) : g.binary(name, number, x.value);
  return { value, low: -155, high: 155, exact: false };
};

const jumpStep: Step = (b, random) => {
  const x = b.pickExact();
  const size = biggest(x.low, x.high) + 1;
  const name = random.pick(["floor", "round", "sign", "mod", "castI32", "castU32", "integer"] as const);
  const exact = { low: -Math.max(size, 20), high: Math.max(size, 20), exact: true };
  switch (name) {
    case "mod":
      return { value: g.mod(x.value, random.pick([0.75, 1.5, -2])), ...exact };
    case "castI32":
      return { value: g.castF32(g.castI32(x.value)).add(0.0625), ...exact };
    case "castU32":
      return { value: g.castF32(g.castU32(g.abs(x.value))).add(0.0625), ...exact };
    case "integer": {
      const axis = b.pickAxis();
      if (axis.size > 20) return undefined;
      const other = b.pickAxis();
      const count = random.pick([
        g.iota(axis).mul(2).sub(3),
        g.max(g.iota(axis), g.iota(other).neg()),
        g.iota(axis).div(2),
        g.mod(g.iota(axis).sub(2), 3),
        g.abs(g.iota(axis).sub(2)).square(),
        g.iota(axis).sum(axis),
      ]);
      return { value: g.castF32(count).add(0.0625), low: -500, high: 500, exact: true };
    }
    default:
      return { value: g.unary(name, x.value).add(0.0625), ...exact };
  }
};

/** Contracting recurrences, so that rounding does not grow: |c| ≤ 0.5|c| + 0.4 max|x|, mixed along an axis or not. */
const scanStep: Step = (b, random) => {
  const x = b.within(b.pick(), -5, 5);
  const axes = x.value.axes.filter((axis) => axis !== b.draw);
  if (axes.length === 0) return undefined;
  const axis = random.pick(axes);
  const start = b.within(b.pick(), -5, 5);
  const other = x.value.axes.find((a) => a !== axis && a !== b.draw && a.size < 10);
  const mixes = other !== undefined && random.next() < 0.5;
  if (start.value.hasAxis(axis)) return undefined;
  const smooth = b.shape.smooth === true;
  const [first, second] = scanAll(
    axis,
    [start.value, 0],
    ([c, d]) => {
      const mixed = mixes ? g.mean(c!, [other]).mul(0.25).add(c!.mul(0.25)) : c!.mul(0.5);
      const kept = smooth ? g.tanh(d!) : g.select(g.lt(g.iota(axis), 2), d!, d!.mul(0.5));
      return [mixed.add(x.value.mul(0.4)), kept.mul(0.5).add(c!.mul(0.25))];
    },
    { reverse: random.next() < 0.5 },
  ) as [Value, Value];
  return { value: random.next() < 0.5 ? first : second, low: -10, high: 10, exact: false };
};

const selectStep: Step = (b, random) => {
  const condition = b.condition();
  const [x, y] = [b.pick(), random.next() < 0.3 ? literal(random) : b.pick()];
  const value = random.next() < 0.5 ? g.select(condition, x.value, y.value) : g.select(condition, y.value, x.value);
  return { value, low: Math.min(x.low, y.low), high: Math.max(x.high, y.high), exact: false };
};

const reduceStep: Step = (b, random) => {
  const x = b.within(b.pick(), -30, 30);
  const over = x.value.axes.filter(() => random.next() < 0.6);
  if (random.next() < 0.1) over.push(b.pickAxis());
  if (over.length === 0) return undefined;
  const axes = unionAxes(over);
  const reducer = random.pick(["sum", "sum", "max", "logSumExp"] as const);
  const count = sizeOf(axes);
  if (reducer === "sum") {
    return { value: g.sum(x.value, axes).mul(1 / count), low: x.low, high: x.high, exact: false };
  }
  return { value: g.reduce(reducer, x.value, axes), low: x.low, high: x.high + Math.log(count), exact: false };
};

const plainSumStep: Step = (b, random) => {
  const x = b.within(b.pick(), -3, 3);
  const over = x.value.axes.filter(() => random.next() < 0.5);
  const count = sizeOf(over);
  if (over.length === 0 || count > 100) return undefined;
  return { value: g.sum(x.value, over), low: count * x.low, high: count * x.high, exact: false };
};

/** A sum of products that share axes. */
const contractStep: Step = (b) => {
  const axis = b.pickAxis();
  const [x, y] = [b.within(b.pickWith(axis), -3, 3), b.within(b.pickWith(axis), -3, 3)];
  const product = x.value.mul(y.value);
  if (product.size > MAX_SIZE) return undefined;
  return { value: g.sum(product, [axis]), low: -9 * axis.size, high: 9 * axis.size, exact: false };
};

/** What regressions are made of: a predictor for each row and draw, and sums over the rows of what it is needed for. */
const regressionStep: Step = (b, random) => {
  const [rows, k] = random.pick([
    [b.long, b.a],
    [b.row, b.c],
    [b.long, b.row],
  ] as const);
  const design = b.within(b.floatInput(unionAxes([rows, k])), -1, 1).value;
  const coefficient = b.within(b.floatInput(unionAxes([k, b.draw])), -1, 1).value;
  const outcome = b.within(b.pickWith(rows), -2, 2).value;
  if (outcome.hasAxis(k)) return undefined;
  const predictor = g.sum(design.mul(coefficient), [k]);
  const loss = g.sum(random.pick([g.softplus, g.square])(predictor.sub(outcome)), [rows]).mul(1 / rows.size);
  const score = g.sum(design.mul(g.sigmoid(predictor.mul(outcome))), [rows]).mul(1 / rows.size);
  const other = random.next() < 0.5 ? score : g.sum(score, [k]).mul(1 / k.size);
  const reach = (k.size + 2) ** 2;
  return { value: loss.add(other), low: -1, high: reach + 1, exact: false };
};

const reindexStep: Step = (b, random) => {
  const kind = random.integer(0, 10);
  const x = b.pick();
  const axis = x.value.axes.length > 0 ? random.pick(x.value.axes) : undefined;
  const filled = (value: Value, fill = 0): Entry => ({
    value,
    low: Math.min(x.low, fill),
    high: Math.max(x.high, fill),
    exact: x.exact && fill === 0,
  });
  const fill = random.pick([0, 0, 0, -1.5]);
  if (kind === 9) {
    const target = random.pick([b.a, b.b, b.c, b.row]);
    if (x.value.hasAxis(target)) return undefined;
    return random.next() < 0.5
      ? filled(r.place(x.value, target, random.integer(0, target.size - 1)))
      : { ...x, value: expand(x.value, [target]) };
  }
  if (axis === undefined || axis === b.draw) return undefined;
  switch (kind) {
    case 0:
      return { ...x, value: r.rename(x.value, axis, new Axis(`${axis.name}*`, axis.size)) };
    case 1: {
      const to = new Axis("slice", random.integer(1, axis.size));
      return { ...x, value: r.slice(x.value, axis, to, random.integer(0, axis.size - to.size)) };
    }
    case 2: {
      const to = new Axis("padded", axis.size + random.integer(0, 3));
      return filled(r.pad(x.value, axis, to, random.integer(0, to.size - axis.size), fill), fill);
    }
    case 3:
      return filled(r.shift(x.value, axis, random.integer(-2, 2), fill), fill);
    case 4:
      return { ...x, value: r.at(x.value, axis, random.integer(0, axis.size - 1)) };
    case 5: {
      const to = new Axis("strided", random.integer(1, axis.size));
      return filled(r.window(x.value, axis, to, random.integer(-1, 1), fill, 2), fill);
    }
    case 6: {
      if (x.value.hasAxis(axis.prime())) return undefined;
      return filled(r.embedDiagonal(x.value, axis, axis.prime()));
    }
    case 7: {
      const y = b.pickWith(axis);
      if (x.value.hasAxis(axis.prime()) || y.value.hasAxis(axis.prime())) return undefined;
      const square = b.within(x, -7, 7).value.mul(r.rename(b.within(y, -7, 7).value, axis, axis.prime()));
      return { value: r.diagonal(square, axis, axis.prime()), low: -49, high: 49, exact: false };
    }
    case 8: {
      if (!x.value.hasAxis(b.long) || x.value.hasAxis(b.a) || x.value.hasAxis(b.b)) return undefined;
      const parts = random.next() < 0.5 ? [b.a, b.b] : [b.b, b.a];
      return { ...x, value: r.split(x.value, b.long, parts, b.long.size - sizeOf(parts)) };
    }
    default: {
      if (!x.value.hasAxis(b.a) || !x.value.hasAxis(b.b) || x.value.hasAxis(b.long)) return undefined;
      const parts = random.next() < 0.5 ? [b.a, b.b] : [b.b, b.a];
      return filled(r.merge(x.value, parts, b.long, random.integer(0, b.long.size - sizeOf(parts))));
    }
  }
};

const gatherStep: Step = (b, random) => {
  const axis = random.pick([b.a, b.b, b.c, b.long, b.row]);
  const x = b.pickWith(axis);
  const shared = withoutAxes(x.value.axes, [axis, b.draw]);
  const fresh = [b.a, b.b, b.c, b.row].filter((other) => other !== axis && !x.value.hasAxis(other));
  const over = random.pick([
    fresh.slice(0, 1),
    fresh.slice(0, 2),
    shared.slice(0, 1),
    [...shared.slice(0, 1), ...fresh.slice(0, 1)],
    [],
  ]);
  return { ...x, value: g.gather(x.value, axis, b.index(unionAxes(over), axis)) };
};

const segmentStep: Step = (b, random) => {
  const rows = random.pick([[b.row], [b.long], [b.a, b.b]]);
  const x = b.within(b.pickWith(rows[0]!), -5, 5);
  const out = random.pick([b.c, new Axis("group", random.integer(2, 4))]);
  if (x.value.hasAxis(out) || rows.includes(out)) return undefined;
  const index = b.index(unionAxes(rows), out);
  const count = sizeOf(rows);
  if (random.next() < 0.7) {
    const bound = count * biggest(x.low, x.high);
    return { value: g.segment("sum", x.value, index, out), low: -bound, high: bound, exact: false };
  }
  // Empty segments have the maximum −∞.
  return { value: g.max(g.segment("max", x.value, index, out), -6), low: -6, high: 5, exact: false };
};

const solveStep: Step = (b, random) => {
  const row = random.pick([b.a, b.b, b.c]);
  const column = row.prime();
  const batch = random.next() < 0.3 ? [b.draw] : [];
  const off = b.within(b.floatInput(unionAxes([row, column], batch)), -0.5, 0.5);
  const diagonal = b.within(b.floatInput([row]), 1, 2);
  const L = off.value.add(r.embedDiagonal(diagonal.value.add(1), row, column));
  const right = b.within(b.pickWith(row), -5, 5);
  if (right.value.hasAxis(column)) return undefined;
  const bound = 5 * 1.5 ** row.size;
  const value = g.triangularSolve(L, right.value, row, column, random.next() < 0.5);
  return { value, low: -bound, high: bound, exact: false };
};

/** A Aᵀ + I is positive definite; its factor is no larger than its diagonal's root. */
const choleskyStep: Step = (b, random) => {
  const row = random.pick([b.a, b.b, b.c]);
  const column = row.prime();
  const batch = random.next() < 0.5 ? [b.draw] : [];
  const A = b.within(b.floatInput(unionAxes([row, b.long], batch)), -1, 1).value;
  const product = g.sum(A.mul(r.rename(A, row, column)), [b.long]);
  const ones = r.embedDiagonal(expand(g.constant(1), [row]), row, column);
  const value = cholesky(product.add(ones), row, column);
  return { value, low: -5, high: 5, exact: false };
};

const randomStep: Step = (b, random) => {
  const axes = unionAxes([b.a, b.c, b.draw].filter(() => random.next() < 0.5));
  const distribution = random.pick(["normal", "uniform"] as const);
  return { value: g.random(distribution, b.stream(), axes, b.source), low: -6, high: 6, exact: false };
};

const stopStep: Step = (b, random) => {
  const x = b.within(b.pick(), 0.3, 20);
  const stopped = g.stopGradient(x.value);
  // trigamma has no derivative.
  return random.next() < 0.5
    ? { ...x, value: stopped }
    : { value: g.trigamma(stopped), low: 0, high: 13, exact: false };
};

const inputStep: Step = (b, random) =>
  b.floatInput(unionAxes(b.axes.filter(() => random.next() < 0.3)).slice(0, 3), random.pick([-2, 0.1]), 2);

const smoothSteps: readonly (readonly [Step, number])[] = [
  [unaryStep, 6],
  [binaryStep, 8],
  [incompleteStep, 0.3],
  [literalStep, 2],
  [selectStep, 2],
  [reduceStep, 3],
  [plainSumStep, 2],
  [contractStep, 2],
  [regressionStep, 2],
  [reindexStep, 5],
  [gatherStep, 3],
  [segmentStep, 2],
  [solveStep, 1],
  [choleskyStep, 1],
  [scanStep, 2],
  [randomStep, 1],
  [inputStep, 1],
];
const weighted = (steps: readonly (readonly [Step, number])[]) => ({
  steps,
  weights: steps.reduce((sum, [, weight]) => sum + weight, 0),
});
export const SMOOTH = weighted(smoothSteps);
export const ALL = weighted([...smoothSteps, [jumpStep, 3], [stopStep, 0.5]]);
