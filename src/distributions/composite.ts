/** Distributions made of others: their parameters under the part's name, and what `sample` hands to a part. */
import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, type HostParameters, makeDistribution, type ParameterCheck } from "./distribution.ts";

/** Parts by name: parameter "scale" of the part "initial" is parameter "initial.scale" of the whole. */
export type Parts = Readonly<Record<string, Pick<Distribution, "parameters" | "checks" | "batchAxes">>>;

type Spec = Omit<Parameters<typeof makeDistribution>[0], "parameters" | "checks" | "batchAxes" | "innerAxes"> &
  Partial<Pick<Distribution, "parameters" | "checks">>;

/**
 * Parameters, checks and batch axes of the parts are those of the whole, besides its own; `inner` are axes that the whole
 * sums over.
 */
export function makeComposite(parts: Parts, spec: Spec, inner: readonly Axis[] = []): Distribution {
  const parameters: Record<string, Value> = { ...spec.parameters };
  const checks: ParameterCheck[] = [...(spec.checks ?? [])];
  const own = Object.values(parameters).map((value) => value.axes);
  for (const [part, { parameters: given, checks: left }] of Object.entries(parts)) {
    for (const [name, value] of Object.entries(given)) parameters[`${part}.${name}`] = value;
    for (const check of left) checks.push({ ...check, parameter: `${part}.${check.parameter}` });
  }
  const all = unionAxes(...own, ...Object.values(parts).map(({ batchAxes }) => batchAxes));
  const batchAxes = withoutAxes(all, [...inner, ...(spec.eventAxes ?? [])]);
  return makeDistribution({ ...spec, parameters, checks, batchAxes });
}

/** The parameters of one part, under its own names. */
export function hostPart(given: HostParameters, part: string): HostParameters {
  const prefix = `${part}.`;
  const own = Object.entries(given).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** Parameters of one variate of `distribution` whose batch has `axis` as well, taken at one position along it. */
export function hostEntry(
  given: HostParameters,
  distribution: Distribution,
  axis: Axis,
  position: number,
): HostParameters {
  const plates = withoutAxes(distribution.batchAxes, [axis]);
  const entry = (name: string, values: number | ArrayLike<number>): number | number[] => {
    const axes = withoutAxes(distribution.parameters[name]?.axes ?? [], plates);
    const place = axes.indexOf(axis);
    if (typeof values === "number" || place < 0) return typeof values === "number" ? values : Array.from(values);
    const inside = axes.slice(place + 1).reduce((size, { size: extent }) => size * extent, 1);
    const taken = Array.from(values).filter((_, i) => Math.floor(i / inside) % axis.size === position);
    return axes.length === 1 ? taken[0]! : taken;
  };
  return Object.fromEntries(Object.entries(given).map(([name, values]) => [name, entry(name, values)]));
}
