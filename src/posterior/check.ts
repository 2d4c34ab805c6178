/** The final evaluation of a fit: one stream of draws serves the ELBO, k̂, both sets of moments and the quantiles. */
import { isDrawAxis } from "../graph/axis.ts";
import type { Backend } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { LogJoint } from "../model/sites.ts";
import type { CheckSettings } from "./checkSettings.ts";
import { chunkSums } from "./chunkSums.ts";
import { type DiscreteGap, discreteGap } from "./discreteGap.ts";
import { closedForms, type Elbo, ElboSums } from "./elbo.ts";
import { levelOf } from "./evidence.ts";
import type { Fitted } from "./fitted.ts";
import { type Layout, valueOutput } from "./layout.ts";
import { RunningMean } from "./moments.ts";
import { type ObjectiveValue, objectiveValue } from "./objective.ts";
import { type Chunk, DrawProgram, type Outputs, STEPS } from "./programs.ts";
import { psis } from "./psis.ts";
import { QuantileStore } from "./quantiles.ts";
import { StreamedMoments } from "./streamedMoments.ts";
import type { ScalarMoments } from "./verdict.ts";

export interface Evaluation {
  readonly elbo: Elbo;
  /** k̂ of each batch, and their median. */
  readonly khats: readonly number[];
  readonly khat: number;
  /** Effective sample size of all draws together. */
  readonly ess: number;
  readonly draws: number;
  readonly moments: readonly ScalarMoments[];
  /** Draws with a NaN (or +∞) log weight and draws with log joint −∞. */
  readonly nan: number;
  readonly impossible: number;
  /** Of the draws with NaN looked at, how many come from each site. */
  readonly nanBySite: Readonly<Record<string, number>>;
  readonly quantiles: QuantileStore;
  /** Log weights this close are level. */
  readonly level: number;
  /** What was maximised, where that was not the ELBO. */
  readonly objective: ObjectiveValue | null;
  /** What the q of discrete sites costs, where the guide has one. */
  readonly discrete: DiscreteGap | null;
}

/** What a check reads of every draw. */
export const DENSITIES = ["logJoint", "logLikelihood", "logDensity"];

/** The log joint of the bound, where it is not the log joint: of a guide with a q of discrete sites. */
const BOUND = "bound";

/** log p(x, z), its parts, log q(z) and every constrained value: the program of sample(). */
export const drawOutputs: Outputs = (draws, joint, bound) => ({
  logJoint: joint.logJoint,
  logLikelihood: bound.logLikelihood,
  logDensity: draws.logDensity,
  ...Object.fromEntries([...bound.values].map(([site, value]) => [valueOutput(site), value])),
});

/** The same, and the sums that the moments of the values need: the program of the check. */
export const checkOutputs: Outputs = (draws, joint, bound) => ({
  ...drawOutputs(draws, joint, bound),
  ...(bound !== joint && { [BOUND]: bound.logJoint }),
  ...chunkSums(
    bound.values,
    joint.logJoint.sub(draws.logDensity),
    draws.z.axes.find(isDrawAxis)!,
    conditionals(joint, bound),
  ),
});

/** P(z = k | x, θ) at each draw's θ, of the sites whose q gives other probabilities. */
const conditionals = (joint: LogJoint, bound: LogJoint): Map<string, Value> =>
  new Map(bound === joint ? [] : [...joint.values].filter(([site, value]) => bound.values.get(site) !== value));

/** The outputs that draws of a posterior consist of. */
export const valueOutputs = (layout: Layout): string[] => [
  ...DENSITIES,
  ...layout.sites.map(({ name }) => valueOutput(name)),
];

export async function evaluate(
  fitted: Fitted,
  backend: Backend,
  layout: Layout,
  settings: CheckSettings,
): Promise<Evaluation> {
  const program = await DrawProgram.compile(fitted, backend, {
    purpose: "check",
    proposal: "guide",
    build: checkOutputs,
    usual: settings.drawsPerBatch,
  });
  try {
    return await evaluateBy(program, fitted, backend, layout, settings);
  } finally {
    program.dispose();
  }
}

async function evaluateBy(
  program: DrawProgram,
  fitted: Fitted,
  backend: Backend,
  layout: Layout,
  settings: CheckSettings,
): Promise<Evaluation> {
  const elboSums = new ElboSums();
  const quantiles = new QuantileStore(
    layout.scalars.length,
    Math.min(settings.summaryDraws, settings.batches * settings.drawsPerBatch),
  );
  const logJointMean = new RunningMean();
  const gap = new RunningMean();
  const khats: number[] = [];
  const { weighted } = fitted;
  const all = new Float64Array(weighted === undefined ? 0 : settings.batches * settings.drawsPerBatch);
  const { entropy, divergence } = closedForms(fitted, backend);
  const bad = { nan: 0, impossible: 0, first: -1 };
  let level = 0;
  const draws = { step: STEPS.check, seed: fitted.seed };
  const moments = await StreamedMoments.begin(program, layout, settings.drawsPerBatch, draws);
  for (let batch = 0; batch < settings.batches; batch++) {
    const from = batch * settings.drawsPerBatch;
    const logWeights = new Float64Array(settings.drawsPerBatch);
    const isKept = (start: number): boolean => from + start < quantiles.draws;
    const read = (start: number): string[] => [
      ...(BOUND in program.outputs ? [BOUND] : []),
      ...moments.outputs,
      ...(isKept(start) ? valueOutputs(layout) : DENSITIES),
    ];
    const range = { ...draws, from, read };
    await program.forEachChunk(settings.drawsPerBatch, range, (chunk) => {
      const logJoint = chunk.column("logJoint");
      const logDensity = chunk.column("logDensity");
      const weights = logJoint.map((value, i) => value - logDensity[i]!);
      let largest = -Infinity;
      weights.forEach((weight, i) => {
        if (weight === -Infinity) bad.impossible++;
        else if (!Number.isFinite(weight)) {
          if (bad.nan++ === 0) bad.first = from + chunk.start + i;
        } else if (weight > largest) largest = weight;
      });
      for (const value of logJoint) logJointMean.add(value);
      const bound = BOUND in program.outputs ? chunk.column(BOUND) : logJoint;
      elboSums.add(bound, chunk.column("logLikelihood"), logDensity);
      if (bound !== logJoint) for (const [i, value] of logJoint.entries()) gap.add(value - bound[i]!);
      moments.take(chunk, largest);
      if (isKept(chunk.start)) {
        quantiles.add(from + chunk.start, chunk.count, (scalar) => scalarColumn(layout, chunk, scalar));
      }
      logWeights.set(weights, chunk.start);
    });
    await moments.finish(range);
    level = levelOf(backend.kind, logJointMean.value);
    khats.push(psis(logWeights, { level }).khat);
    if (weighted !== undefined) all.set(logWeights, from);
  }
  await fillQuantiles(program, quantiles, layout, fitted.seed);
  return {
    elbo: elboSums.result(backend.kind, entropy, divergence),
    khats,
    khat: median(khats),
    ess: moments.sums.ess,
    draws: settings.batches * settings.drawsPerBatch,
    moments: layout.scalars.map(({ name, site: { latent, probability } }, i) => {
      return { name, latent, probability, ...moments.sums.moments(i) };
    }),
    nan: bad.nan,
    impossible: bad.impossible,
    nanBySite: bad.nan === 0 ? {} : await sitesOfNaN(fitted, backend, bad.first),
    quantiles,
    level,
    discrete: discreteGap(fitted, gap),
    objective: weighted === undefined ? null : objectiveValue(weighted.objective, all, median(khats)),
  };
}

export function scalarColumn(layout: Layout, chunk: Chunk, scalar: number): Float64Array {
  const { site, position } = layout.scalars[scalar]!;
  return chunk.column(valueOutput(site.name), position);
}

/** Where not all scalars fit the store at once, the first draws are computed again for the others. */
export async function fillQuantiles(
  program: DrawProgram,
  quantiles: QuantileStore,
  layout: Layout,
  seed: number,
): Promise<void> {
  while (quantiles.nextGroup()) {
    const read = (): string[] => valueOutputs(layout);
    await program.forEachChunk(quantiles.draws, { step: STEPS.check, seed, read }, (chunk) => {
      quantiles.add(chunk.start, chunk.count, (scalar) => scalarColumn(layout, chunk, scalar));
    });
  }
}

/** Which sites' log densities are NaN among the draws from a first bad one on. */
async function sitesOfNaN(fitted: Fitted, backend: Backend, first: number): Promise<Record<string, number>> {
  const program = await DrawProgram.compile(fitted, backend, {
    purpose: "sites",
    proposal: "guide",
    build: (draws, joint) => ({ ...Object.fromEntries(joint.sites), "the guide": draws.logDensity }),
    usual: 64,
  });
  const bySite: Record<string, number> = {};
  try {
    await program.forEachChunk(64, { step: STEPS.check, seed: fitted.seed, from: first }, (chunk) => {
      for (const site of Object.keys(program.outputs)) {
        const bad = chunk.column(site).filter((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY).length;
        if (bad > 0) bySite[site] = bad;
      }
    });
  } finally {
    program.dispose();
  }
  return bySite;
}

/** The middle one; of an even number the upper middle one, the more cautious for a k̂. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
