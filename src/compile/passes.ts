/**
 * One pass over the rows of a regression: what a row's predictor is needed for (its log density, the gradient in every
 * coefficient) is computed while the predictor and the row are in registers.
 */
import { type Axis, isDrawAxis, sameAxes, sizeOf, withoutAxes } from "../graph/axis.ts";
import { Value } from "../graph/value.ts";

/**
 * Reductions over the same rows that need the same short sums: Σ_n f(η[n, s]) and Σ_n X[n, k] g(η[n, s]) with
 * η = Σ_k X[n, k] b[k, s]. A thread keeps b and the sums in registers along the axes `held`, so that a row is loaded once.
 */
export interface Pass {
  readonly rows: Axis;
  /** What the rows of a thread have in common: draws. */
  readonly base: readonly Axis[];
  readonly held: readonly Axis[];
  readonly reductions: ReadonlySet<Value>;
  /** The predictors, computed in place. */
  readonly sums: ReadonlySet<Value>;
}

/** See ScheduleOptions. */
export interface PassOptions {
  readonly smallestAvoided: number;
  readonly smallestPass: number;
  readonly heldRegisters: number;
  readonly passThreads: number;
  readonly lanes: boolean;
}

const passOf = new WeakMap<Value, Pass>();
const inPlace = new WeakSet<Value>();

/** The axis of a reduction that one thread goes through by itself, with a register for each entry; at most one. */
export const heldAxes = (value: Value): readonly Axis[] =>
  passOf.get(value)?.held.filter((axis) => value.hasAxis(axis)) ?? [];

/** Registers that the threads of a reduction need along held axes for each of their draws; 0 outside of passes. */
export const heldRegisters = (value: Value): number =>
  (passOf.get(value)?.held ?? []).reduce((sum, axis) => sum + axis.size, 0);

/** The pass that a reduction of the lowered graph takes part in. */
export const passWith = (reduction: Value): Pass | undefined => passOf.get(reduction);

/** Whether a sum is written out, term by term, in each of the loops that need it. */
export const isUnrolled = (value: Value): boolean => inPlace.has(value);

/** Says that a reduction of the lowered graph is one of a pass. */
export const takePart = (reduction: Value, pass: Pass): void => void passOf.set(reduction, pass);

/** Says that a value of the lowered graph is a sum of a pass. */
export const takeInPlace = (sum: Value): void => void inPlace.add(sum);

/** The passes of a graph, by the reductions and the sums that take part in them. */
export function findPasses(roots: readonly Value[], options: PassOptions): Map<Value, Pass> {
  const order = Value.topological(roots);
  const consumers = new Map<Value, Value[]>();
  for (const value of order) for (const x of value.inputs) consumers.set(x, [...(consumers.get(x) ?? []), value]);
  let passes: Pass[] = [];
  const asked = new Set(roots);
  for (const sum of order) {
    const found = passAround(sum, consumers, asked, options);
    if (found === undefined) continue;
    const [met, others] = [passes.filter((pass) => meet(pass, found)), passes.filter((pass) => !meet(pass, found))];
    passes = [...others, met.reduce(together, found)];
  }
  // Passes that met but do not fit each other would each compute what they share: none of them is worth it then.
  const fits = ({ held, rows, reductions, base }: Pass): boolean =>
    held.reduce((size, axis) => size + axis.size, 0) <= options.heldRegisters &&
    [...reductions].every((value) => isOver(value, rows) && isSpreadOver(value, base, held));
  return new Map(
    passes.filter(fits).flatMap((pass) => [...pass.reductions, ...pass.sums].map((value) => [value, pass] as const)),
  );
}

const isSum = ({ op, dtype }: Value): boolean => op.kind === "reduce" && op.reducer === "sum" && dtype === "f32";

const isOver = ({ op }: Value, rows: Axis): boolean => op.kind === "reduce" && sameAxes(op.over, [rows]);

/** Whether a reduction has the axes `base`, and at most one of those held. */
const isSpreadOver = (value: Value, base: readonly Axis[], held: readonly Axis[]): boolean => {
  const others = withoutAxes(value.axes, base);
  return (
    value.axes.length - others.length === base.length && others.every((a) => held.includes(a)) && others.length <= 1
  );
};

const meet = (a: Pass, b: Pass): boolean => [...a.reductions].some((value) => b.reductions.has(value));

const together = (a: Pass, b: Pass): Pass => ({
  ...a,
  held: [...new Set([...a.held, ...b.held])],
  reductions: new Set([...a.reductions, ...b.reductions]),
  sums: new Set([...a.sums, ...b.sums]),
});

/** The pass of one short sum, if it is needed by sums over the same rows only, and by those at its own place. */
function passAround(
  sum: Value,
  consumers: ReadonlyMap<Value, readonly Value[]>,
  asked: ReadonlySet<Value>,
  { smallestAvoided, heldRegisters: most }: PassOptions,
): Pass | undefined {
  if (!isSum(sum) || sum.op.kind !== "reduce" || sum.size < smallestAvoided) return undefined;
  const { over } = sum.op;
  const [held, ...more] = over;
  if (held === undefined || more.length > 0 || held.size > most || isDrawAxis(held)) return undefined;
  const reductions = new Set<Value>();
  const seen = new Set<Value>([sum]);
  for (const value of seen) {
    if (asked.has(value)) return undefined;
    for (const consumer of consumers.get(value) ?? []) {
      if (isSum(consumer)) reductions.add(consumer);
      else if (consumer.op.kind === "map" || consumer.op.kind === "stop") seen.add(consumer);
      else return undefined;
    }
  }
  const [first] = reductions;
  if (first?.op.kind !== "reduce") return undefined;
  const [rows, ...others] = first.op.over;
  if (rows === undefined || others.length > 0 || isDrawAxis(rows) || !sum.hasAxis(rows)) return undefined;
  const base = withoutAxes(sum.axes, [rows]);
  return base.some(isDrawAxis) ? { rows, base, held: [held], reductions, sums: new Set([sum]) } : undefined;
}

/** Draws (with `lanes`: fours of them) that a thread takes, so that a row's loads serve them all: two if they fit. */
export function drawsAtOnce(draw: Axis, registers: number, { lanes, heldRegisters: most }: PassOptions): 1 | 2 {
  const even = draw.size % (lanes ? 8 : 2) === 0;
  return even && 2 * registers <= most ? 2 : 1;
}

/** Rows that a thread takes, so that about `passThreads` have work. */
export function rowsPerThread({ rows, base, held }: Pass, options: PassOptions): number {
  const draw = base.find(isDrawAxis)!;
  const registers = held.reduce((sum, axis) => sum + axis.size, 0);
  const draws = drawsAtOnce(draw, registers, options) * (options.lanes && draw.size % 4 === 0 ? 4 : 1);
  const tiles = Math.ceil((options.passThreads * draws) / sizeOf(base));
  return Math.max(rows.size / tiles, options.smallestPass);
}
