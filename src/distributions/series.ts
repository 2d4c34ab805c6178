/** Series along an axis whose entries are normal given those before them: random walks and autoregressions. */
import { Axis } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { pad, slice } from "../graph/reindex.ts";
import type { Operand, Value } from "../graph/value.ts";
import { hostPart, makeComposite } from "./composite.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  hostNumber,
  type ParameterCheck,
  realValue,
} from "./distribution.ts";
import { normalLogDensity } from "./normal.ts";

export interface SeriesRule {
  readonly name: string;
  readonly axis: Axis;
  /** How many entries before it an entry depends on: as many at the start follow `initial`. */
  readonly order: number;
  readonly initial: Distribution;
  /** `scale` among them; any of them may run over the axis of the series, its entry t then belonging to x_t. */
  readonly parameters: Readonly<Record<string, Value>>;
  readonly checks: readonly ParameterCheck[];
  /** Axes of the parameters that are neither plates nor the axis of the series. */
  readonly inner?: readonly Axis[];
  /** E x_t given x_{t−1}, x_{t−2}, …, from the parameters at t. */
  predict(parameters: Readonly<Record<string, Value>>, previous: readonly Value[]): Value;
  /** The same on the host, at time t. */
  predictOnHost(given: HostParameters, time: number, previous: readonly number[]): number;
}

export function series(rule: SeriesRule): Distribution {
  const { name, axis, order, initial, parameters, checks } = rule;
  requireInitial(name, axis, initial);
  if (axis.size <= order) {
    throw new DistributionError(name, undefined, `order ${order} needs a series longer than that, got ${axis}`);
  }
  const head = new Axis(`${axis.name}.initial`, order);
  const rest = new Axis(`${axis.name}.rest`, axis.size - order);
  const atRest = (x: Value, lag = 0): Value => (x.hasAxis(axis) ? slice(x, axis, rest, order - lag) : x);
  /** Log densities of the first entries and of those that follow, each along its own axis. */
  const parts = (x: Operand): { readonly first: Value; readonly later: Value } => {
    const whole = expand(realValue(x), [axis]);
    const previous = Array.from({ length: order }, (_, k) => atRest(whole, k + 1));
    const now = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, atRest(value)]));
    return {
      first: initial.logProb(slice(whole, axis, head)),
      later: normalLogDensity(atRest(whole), rule.predict(now, previous), now.scale!),
    };
  };
  return makeComposite(
    { initial },
    {
      name,
      parameters,
      checks,
      support: { kind: "realVector", axis },
      eventAxes: [axis],
      logProb: (x) => {
        const { first, later } = parts(x);
        return first.sum(head).add(later.sum(rest));
      },
      logProbTerms: (x) => {
        const { first, later } = parts(x);
        return pad(expand(first, [head]), head, axis).add(pad(expand(later, [rest]), rest, axis, order));
      },
      sample: (given, random) => {
        const start = hostPart(given, "initial");
        const values: number[] = [];
        for (let t = 0; t < axis.size; t++) {
          const previous = values.slice(-order).reverse();
          values.push(
            t < order
              ? (initial.sample(start, random) as number)
              : rule.predictOnHost(given, t, previous) + hostAt(given, "scale", t) * random.normal(),
          );
        }
        return values;
      },
    },
    rule.inner,
  );
}

function requireInitial(name: string, axis: Axis, initial: Distribution): void {
  const fail = (message: string): never => {
    throw new DistributionError(name, "initial", message);
  };
  if (typeof initial?.logProb !== "function") fail("initial must be a distribution, as normal(0, 1)");
  if (initial.discrete || initial.support.kind !== "real") {
    fail(`initial must be a scalar family on the reals, got ${initial.name}`);
  }
  if (initial.batchAxes.includes(axis)) fail(`initial must not run over "${axis.name}", the axis of the series`);
}

/** A parameter at time t: one number, or its entry. */
export function hostAt(given: HostParameters, name: string, time: number): number {
  const value = given[name];
  return value === undefined || typeof value === "number" ? hostNumber(given, name) : value[time]!;
}
