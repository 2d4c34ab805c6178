import { type Axis, sizeOf } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { type HostParameters, type HostRandom, hostNumber, hostVector } from "../distribution.ts";

interface Axes {
  readonly time: Axis;
  readonly state: Axis;
  readonly series?: Axis;
}

type Position = ReadonlyMap<Axis, number>;

/** Entries of a parameter by their place along its axes; it runs over those of `axes` that its value has. */
function reader(given: HostParameters, name: string, value: Value, inner: readonly Axis[]) {
  const axes = value.axes.filter((axis) => inner.includes(axis));
  if (axes.length === 0) return () => hostNumber(given, name);
  const entries = hostVector(given, name, sizeOf(axes));
  return (at: Position): number => entries[axes.reduce((index, axis) => index * axis.size + at.get(axis)!, 0)]!;
}

/** Series of a linear Gaussian state space model, over time and series in canonical layout. */
export function sampleStateSpace(
  given: HostParameters,
  parameters: Readonly<Record<string, Value>>,
  { time, state, series }: Axes,
  random: HostRandom,
): number[] {
  const inner = [time, state, state.prime(), ...(series ? [series, series.prime()] : [])];
  const read = (name: string) => reader(given, name, parameters[name]!, inner);
  const [F, G, V, W] = ["design", "transition", "observationCovariance", "evolutionCovariance"].map(read) as [
    ReturnType<typeof read>,
    ReturnType<typeof read>,
    ReturnType<typeof read>,
    ReturnType<typeof read>,
  ];
  const [m0, C0] = [read("initialMean"), read("initialCovariance")];
  const dimension = state.size;
  const count = series?.size ?? 1;
  const pair = (t: number, i: number, j: number): Position =>
    new Map([
      [time, t],
      [state, i],
      [state.prime(), j],
    ]);
  const square = (n: number, entry: (i: number, j: number) => number): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));
  const noise = (covariance: number[][]): number[] => {
    const L = factor(covariance);
    const z = covariance.map(() => random.normal());
    return L.map((row) => row.reduce((sum, entry, k) => sum + entry * z[k]!, 0));
  };
  let theta = noise(square(dimension, (i, j) => C0(pair(0, i, j)))).map((e, i) => e + m0(pair(0, i, 0)));
  const bySeries: number[][] = Array.from({ length: count }, () => []);
  for (let t = 0; t < time.size; t++) {
    const step = noise(square(dimension, (i, j) => W(pair(t, i, j))));
    const previous = theta;
    theta = step.map((e, i) => previous.reduce((sum, x, j) => sum + G(pair(t, i, j)) * x, e));
    const place = (r: number, s: number, i: number): Position =>
      new Map([
        ...pair(t, i, 0),
        ...(series
          ? ([
              [series, r],
              [series.prime(), s],
            ] as const)
          : []),
      ]);
    const error = noise(square(count, (r, s) => V(place(r, s, 0))));
    for (let r = 0; r < count; r++)
      bySeries[r]!.push(theta.reduce((sum, x, i) => sum + F(place(r, 0, i)) * x, error[r]!));
  }
  if (series === undefined || series.order < time.order) return bySeries.flat();
  return Array.from({ length: time.size }, (_, t) => bySeries.map((values) => values[t]!)).flat();
}

/** L with L Lᵀ = A of a covariance that may be singular: a zero pivot, as of a state without noise, leaves zeros. */
function factor(A: number[][]): number[][] {
  const n = A.length;
  const L = A.map(() => new Array<number>(n).fill(0));
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let rest = A[i]![j]!;
      for (let k = 0; k < j; k++) rest -= L[i]![k]! * L[j]![k]!;
      if (i === j) L[j]![j] = Math.sqrt(Math.max(0, rest));
      else L[i]![j] = L[j]![j]! > 0 ? rest / L[j]![j]! : 0;
    }
  }
  return L;
}
