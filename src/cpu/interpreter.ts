/** The float64 interpreter: the reference that every kernel is held to, and the engine of `device: "cpu"`. */
import { GraphError } from "../graph/errors.ts";
import { countUses } from "../graph/intern.ts";
import { isMap } from "../graph/sums.ts";
import { Value } from "../graph/value.ts";
import { contractionKernel } from "./contraction.ts";
import { planKernel } from "./kernels.ts";
import type { Kernel } from "./mapkernels.ts";
import { perturbation, type Rounding } from "./rounding.ts";
import { ScanKernels } from "./scan.ts";

export type { Rounding } from "./rounding.ts";

/** Values by input name, in canonical layout. */
export type Inputs = ReadonlyMap<string, Float64Array>;

/** Computes all roots. The arrays returned are the caller's. */
export type Evaluator = (inputs: Inputs) => Float64Array[];

/** When a node has to be computed anew: with the data, with the parameters, or at every call. */
const DATA = 0;
const PARAMETER = 1;
const STEP = 2;

interface Plan {
  readonly value: Value;
  readonly kernel: Kernel;
  /** The places of the inputs' arrays. */
  readonly from: readonly number[];
  readonly to: number;
}

/**
 * Plans the graph of `roots` once, to be evaluated many times. What depends on data alone is computed once and kept
 * until an input of role "data" is given as another array (identity, not contents: do not write into arrays given
 * before); in a graph with states the same goes for what depends on data and parameters. Memory of everything else
 * is shared by liveness.
 */
export function compileEvaluator(roots: readonly Value[], rounding: Rounding = {}): Evaluator {
  const adjust = perturbation(rounding);
  const scans = new ScanKernels((step) => compileEvaluator(step, rounding));
  const all = Value.topological(roots);
  const products = adjust === undefined ? contractedProducts(all, roots) : new Set<Value>();
  const order = all.filter((value) => !products.has(value));
  const inputsOf = (value: Value): readonly Value[] =>
    products.has(value.inputs[0]!) ? value.inputs[0]!.inputs : value.inputs;
  const levels = levelsOf(all);
  const places = new Map<Value, number>();
  const arrays: Float64Array[] = [];
  const free = new Map<number, number[]>();
  const remaining = new Map<Value, number>();
  for (const value of order) {
    for (const input of inputsOf(value)) remaining.set(input, (remaining.get(input) ?? 0) + 1);
  }
  for (const root of roots) remaining.set(root, Number.POSITIVE_INFINITY);

  const allocate = (value: Value): number => {
    const reusable = levels.get(value) === STEP ? free.get(value.size)?.pop() : undefined;
    return reusable ?? arrays.push(new Float64Array(value.size)) - 1;
  };
  const release = (value: Value): void => {
    const left = remaining.get(value)! - 1;
    remaining.set(value, left);
    if (left > 0 || value.op.kind === "input" || levels.get(value) !== STEP) return;
    const list = free.get(value.size) ?? [];
    free.set(value.size, list);
    list.push(places.get(value)!);
  };

  const inputs: { value: Value; name: string; place: number; level: number }[] = [];
  const plans: Plan[][] = [[], [], []];
  for (const value of order) {
    if (value.op.kind === "input") {
      const place = arrays.push(EMPTY) - 1;
      places.set(value, place);
      inputs.push({ value, name: value.op.name, place, level: levels.get(value)! });
      continue;
    }
    const to = allocate(value);
    places.set(value, to);
    const from = inputsOf(value).map((input) => places.get(input)!);
    const contracts = products.has(value.inputs[0]!);
    const planned = (): Kernel => (value.op.kind === "scan" ? scans.plan(value) : planKernel(value));
    const kernel = contracts ? contractionKernel(value, value.inputs[0]!) : planned();
    plans[levels.get(value)!]!.push({ value, kernel, from, to });
    for (const input of inputsOf(value)) release(input);
  }

  const run = (plan: Plan): void => {
    const out = arrays[plan.to]!;
    plan.kernel(
      out,
      plan.from.map((place) => arrays[place]!),
    );
    adjust?.(plan.value, out);
  };
  const given: Float64Array[] = inputs.map(() => EMPTY);
  let first = true;
  return (bound) => {
    let lowest = STEP;
    inputs.forEach((input, k) => {
      const array = bound.get(input.name);
      if (array === undefined) throw new GraphError(`input "${input.name}" has no values`);
      if (array.length !== input.value.size) {
        throw new GraphError(`input "${input.name}": expected ${input.value.size} values, got ${array.length}`);
      }
      if (array === given[k]) return;
      given[k] = array;
      lowest = Math.min(lowest, input.level);
      arrays[input.place] = array;
      if (adjust === undefined) return;
      arrays[input.place] = Float64Array.from(array);
      adjust(input.value, arrays[input.place]!);
    });
    for (let level = first ? DATA : lowest; level <= STEP; level++) plans[level]!.forEach(run);
    first = false;
    return roots.map((root) => arrays[places.get(root)!]!.slice());
  };
}

/** Evaluates once. */
export function evaluate(roots: readonly Value[], inputs: Inputs, rounding: Rounding = {}): Float64Array[] {
  return compileEvaluator(roots, rounding)(inputs);
}

/** Products of which nothing but one sum is wanted: they are summed as they are formed. */
function contractedProducts(order: readonly Value[], roots: readonly Value[]): Set<Value> {
  const uses = countUses(roots);
  const products = new Set<Value>();
  for (const { op, inputs } of order) {
    if (op.kind !== "reduce" || op.reducer !== "sum") continue;
    const x = inputs[0]!;
    if (isMap(x, "mul") && x.dtype === "f32" && uses.get(x) === 1) products.add(x);
  }
  return products;
}

const EMPTY = new Float64Array(0);

function levelsOf(order: readonly Value[]): Map<Value, number> {
  const hasState = order.some((value) => value.op.kind === "input" && value.op.role === "state");
  const levels = new Map<Value, number>();
  for (const value of order) {
    let level = DATA;
    if (value.op.kind === "input" && value.op.role !== "data") {
      level = hasState && value.op.role === "parameter" ? PARAMETER : STEP;
    }
    for (const input of value.inputs) level = Math.max(level, levels.get(input)!);
    levels.set(value, level);
  }
  return levels;
}
