import { allFinite, dot } from "../linalg.ts";
import type { Evaluation, Search } from "./density.ts";
import { DenseMetric, LimitedMetric, type Metric } from "./metric.ts";

export interface PathPoint {
  readonly point: Float64Array;
  readonly logJoint: number;
  readonly gradient: Float64Array;
  /** Estimate of the inverse of the negative Hessian here, row-major; null for many coordinates. */
  readonly inverseHessian: Float64Array | null;
}

export interface QuasiNewtonOptions {
  /** The first step is no longer than this in any coordinate, and the curvature is first probed on this scale. */
  readonly initialScale: number;
  readonly maxIterations: number;
  /** Relative error of a log joint: the float32 rounding of a GPU's sums. */
  readonly relativeNoise: number;
  /** How many points of the path to keep, evenly thinned, besides the last. */
  readonly keep: number;
  /** Whether a dense inverse Hessian is affordable. */
  readonly dense: boolean;
}

/** Multiples of the quasi-Newton step tried at once. */
const LENGTHS = [1, 0.25, 0.06, 4];
/** A step whose predicted and actual gains are below this many nats no longer matters: the refinement goes on from there. */
const SMALL_GAIN = 0.02;

interface Accepted {
  readonly point: Float64Array;
  readonly evaluation: Evaluation;
}

export const usable = (evaluation: Evaluation): boolean =>
  Number.isFinite(evaluation.logJoint) && allFinite(evaluation.gradient);

const largestEntry = (v: Float64Array): number => v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Quasi-Newton ascent of a log density, each iteration trying a few step lengths at once, and the points of its path
 * with their curvature. A step is accepted by its gain where that exceeds the rounding noise, by its slope otherwise
 * (W. Hager & H. Zhang, 2005, the approximate Wolfe conditions). Returns no points where the start is not finite.
 */
export function* quasiNewtonPath(start: Float64Array, options: QuasiNewtonOptions): Search<PathPoint[]> {
  let x = start;
  let [here] = (yield [x]) as [Evaluation];
  if (!usable(here)) return [];
  const metric = yield* firstMetric(x, here, options);
  let path: PathPoint[] = [];
  let stride = 1;
  let radius = Math.max(1, 10 * options.initialScale);
  let small = 0;
  let resets = 0;
  const pathPoint = (): PathPoint => ({ point: x, ...here, inverseHessian: metric.matrix() });
  for (let iteration = 1; iteration <= options.maxIterations && small < 5; iteration++) {
    const direction = metric.times(here.gradient);
    const slope = dot(direction, here.gradient);
    const largest = largestEntry(direction);
    if (!(slope > 0) || !Number.isFinite(largest)) break;
    const accepted = yield* lineSearch(x, here, direction, slope, Math.min(1, radius / largest), options);
    if (accepted === undefined) {
      // The curvature estimate is no use here: keep its scale along the gradient, drop its shape.
      if (resets++ >= 2) break;
      metric.reset(Math.min(1, slope / dot(here.gradient, here.gradient)));
      continue;
    }
    const gain = accepted.evaluation.logJoint - here.logJoint;
    small = slope < SMALL_GAIN && gain < SMALL_GAIN ? small + 1 : 0;
    const s = accepted.point.map((value, i) => value - x[i]!);
    const y = here.gradient.map((value, i) => value - accepted.evaluation.gradient[i]!);
    if (dot(s, y) > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) metric.learn(s, y);
    radius = Math.max(radius / 2, 4 * largestEntry(s));
    x = accepted.point;
    here = accepted.evaluation;
    if (options.keep > 0 && iteration % stride === 0) path.push(pathPoint());
    if (path.length > options.keep) {
      path = path.filter((_, i) => i % 2 === 1);
      stride *= 2;
    }
  }
  if (path.at(-1)?.point !== x) path.push(pathPoint());
  return path;
}

/** A diagonal from the change of each derivative along its own coordinate. */
function* firstMetric(x: Float64Array, here: Evaluation, options: QuasiNewtonOptions): Search<Metric> {
  const n = x.length;
  const { initialScale } = options;
  if (!options.dense) return new LimitedMetric(new Float64Array(n).fill(initialScale ** 2));
  const h = initialScale / 10;
  const shifted = yield Array.from({ length: n }, (_, i) => x.map((value, j) => (i === j ? value + h : value)));
  const curvature = shifted.map((evaluation, i) => Math.abs(here.gradient[i]! - evaluation.gradient[i]!) / h);
  const largest = curvature.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : most), 0);
  const floor = Math.max(1e-3, 1e-8 * largest);
  return new DenseMetric(
    Float64Array.from(curvature, (value) => 1 / (Number.isFinite(value) ? Math.max(value, floor) : largest + floor)),
  );
}

/** The best of a few points along a direction that are acceptable, on ever shorter scales. */
function* lineSearch(
  x: Float64Array,
  here: Evaluation,
  direction: Float64Array,
  slope: number,
  longest: number,
  options: QuasiNewtonOptions,
): Search<Accepted | undefined> {
  const noise = options.relativeNoise * (Math.abs(here.logJoint) + 1);
  for (let attempt = 0, base = longest; attempt < 4; attempt++, base *= 4e-3) {
    const lengths = LENGTHS.map((length) => length * base);
    const points = lengths.map((t) => x.map((value, i) => value + t * direction[i]!));
    const evaluations = yield points;
    let best: Accepted | undefined;
    for (const [k, evaluation] of evaluations.entries()) {
      if (!usable(evaluation)) continue;
      const gain = evaluation.logJoint - here.logJoint;
      const rises = gain > noise && gain >= 1e-4 * lengths[k]! * slope;
      const level = Math.abs(gain) <= noise && Math.abs(dot(evaluation.gradient, direction)) <= 0.9 * slope;
      if (!rises && !level) continue;
      if (best === undefined || evaluation.logJoint > best.evaluation.logJoint)
        best = { point: points[k]!, evaluation };
    }
    if (best !== undefined) return best;
  }
  return undefined;
}
