/** Where a fit begins: quasi-Newton paths, the best Gaussian along them, Newton's method on its ELBO. */
import { identity } from "../linalg.ts";
import { HOST_STREAMS, HostRandom } from "../random.ts";
import { coveringStart } from "./cover.ts";
import { type BatchDensity, runSearches } from "./density.ts";
import { diagonalGaussian } from "./diagonal.ts";
import { factorOfInverse, type Gaussian } from "./gaussian.ts";
import { type ScoredGaussian, scorePath } from "./pathfinder.ts";
import { quasiNewtonPath, usable } from "./quasiNewton.ts";
import { type Family, type Refined, refine } from "./refine.ts";

export interface SearchSettings {
  readonly family: Family;
  readonly seed: number;
  /** The user's starting point, or null: the origin and random points, as Stan, uniform on (−2, 2). */
  readonly initial: Float64Array | null;
  readonly initialScale: number;
  readonly relativeNoise: number;
  /** Cover every mode that the paths lead to, in place of the best one. */
  readonly cover?: boolean;
  readonly onTurn?: (stage: "search" | "refine", evaluations: number) => void;
}

export interface Start {
  readonly mean: Float64Array;
  /** Lower factor of a covariance like the posterior's; null: diagonal. */
  readonly factor: Float64Array | null;
  /** Scale of a factorised q. */
  readonly scale: Float64Array;
}

/**
 * Up to this many coordinates dense matrices are worth their cost on the host. A full-rank q begun from a diagonal needs
 * thousands of steps to learn its covariance, each with such a matrix; a factorised one takes short steps from anywhere.
 */
export const denseLimit = (family: Family): number => (family === "full-rank" ? 450 : 300);
/** Up to this many, a round of refinement costs little beside a fit. */
const PATIENT_LIMIT = 100;
const PATHS = 4;
const MORE_STARTS = 60;
/** A start whose ELBO rose by more than this, or took more rounds than this, calls for a second opinion. */
const DOUBTFUL = { gain: 3, rounds: 6 } as const;
const BROAD_SCALES = [0.1, 1];

/** Null where the log density is finite at none of the points tried. */
export async function findStart(size: number, density: BatchDensity, settings: SearchSettings): Promise<Start | null> {
  const { seed, family, initialScale } = settings;
  const starts = await finiteStarts(size, density, settings);
  if (starts.length === 0) return null;
  const dense = size <= denseLimit(family);
  const turn = (stage: "search" | "refine") => (points: number) => settings.onTurn?.(stage, points);
  const options = {
    initialScale,
    maxIterations: 200,
    relativeNoise: settings.relativeNoise,
    keep: 8,
    dense,
  };
  const paths = await runSearches(
    (dense ? starts : starts.slice(0, 1)).map((start) => quasiNewtonPath(start, options)),
    density,
    turn("search"),
  );
  if (!dense) {
    // The path's end may be a mode of no mass (a scale of zero): the best Gaussian along it counts.
    const random = new HostRandom(seed, HOST_STREAMS.refine);
    const points = [starts[0]!, ...paths[0]!.map(({ point }) => point)];
    const found = await runSearches(
      points.map((point) => diagonalGaussian(point, initialScale, (n) => random.normals(n))),
      density,
      turn("refine"),
    );
    const { mean, scale } = found.reduce((a, b) => (b.elbo >= a.elbo ? b : a));
    return { mean, factor: null, scale };
  }

  const score = new HostRandom(seed, HOST_STREAMS.score);
  const scored = await runSearches(
    paths.map((path) => scorePath(path, 4, score.normal)),
    density,
    turn("search"),
  );
  const best = bestOf(scored.flat());
  const random = new HostRandom(seed, HOST_STREAMS.refine);
  const pairs = Math.max(32, 2 * size);
  const patient = size <= PATIENT_LIMIT;
  const maxRounds = patient ? 80 : 40;
  const refineFrom = (gaussian: Gaussian, toBeat = Number.NEGATIVE_INFINITY) =>
    refine(gaussian, { family, maxRounds, patient, pairs, normal: random.normal, toBeat });

  if (settings.cover) {
    const ends = scored.map(bestOf).filter((one) => one !== null);
    const modes = await runSearches(
      ends.map(({ gaussian }) => refineFrom(gaussian)),
      density,
      turn("refine"),
    );
    const found = modes.filter((one) => one !== null);
    const covering = found.length === 0 ? null : coveringStart(found, size);
    if (covering !== null) return covering;
  }
  let refined: (Refined | null)[] = [];
  if (best !== null) refined = await runSearches([refineFrom(best.gaussian)], density, turn("refine"));
  const first = refined[0] ?? null;
  if (first === null || first.rounds > DOUBTFUL.rounds || first.elbo - best!.elbo > DOUBTFUL.gain) {
    // The mode was not where the mass is: start from broad Gaussians too, which never go down a funnel.
    const broad = BROAD_SCALES.map((scale) => ({
      mean: starts[0]!,
      factor: identity(size).map((value) => value * scale),
    }));
    const opinions = broad.map((gaussian) => refineFrom(gaussian, first?.elbo));
    refined.push(...(await runSearches(opinions, density, turn("refine"))));
  }
  const winner = refined.reduce((a, b) => (a === null || (b !== null && b.elbo > a.elbo) ? b : a), null);
  if (winner === null) return { mean: starts[0]!, factor: null, scale: new Float64Array(size).fill(initialScale) };
  const factor = factorOfInverse(winner.precision, size);
  return {
    mean: winner.mean,
    factor,
    scale: winner.mean.map((_, i) => 1 / Math.sqrt(winner.precision[i * size + i]!)),
  };
}

const bestOf = (scored: readonly ScoredGaussian[]): ScoredGaussian | null =>
  scored.reduce<ScoredGaussian | null>((a, b) => (a === null || b.elbo > a.elbo ? b : a), null);

/** The starting points where the log density and its gradient are finite. */
async function finiteStarts(size: number, density: BatchDensity, settings: SearchSettings): Promise<Float64Array[]> {
  const random = new HostRandom(settings.seed, HOST_STREAMS.starts);
  const anywhere = (): Float64Array => Float64Array.from({ length: size }, () => 4 * random.uniform() - 2);
  const first =
    settings.initial !== null
      ? [settings.initial]
      : [new Float64Array(size), ...Array.from({ length: PATHS - 1 }, anywhere)];
  const finite = async (points: Float64Array[]): Promise<Float64Array[]> => {
    const evaluations = await density(points);
    return points.filter((_, i) => usable(evaluations[i]!));
  };
  const good = await finite(first);
  if (good.length > 0 || settings.initial !== null) return good;
  return (await finite(Array.from({ length: MORE_STARTS }, anywhere))).slice(0, PATHS);
}
