/** The posterior predictive: new data from each observed site's family, at draws of the guide. */
import { isDrawAxis } from "../graph/axis.ts";
import { log, random } from "../graph/ops.ts";
import type { Backend } from "../graph/program.ts";
import { scalarNames } from "../model/layout.ts";
import type { LogJoint } from "../model/sites.ts";
import type { TracedModel } from "../model/traced.ts";
import { drawCategorical } from "../objectives/scoreFunction.ts";
import type { SiteDraws } from "./draws.ts";
import { type Fitted, PosteriorError } from "./fitted.ts";
import { DrawProgram, STEPS } from "./programs.ts";
import type { ProposalDraws } from "./proposal.ts";
import { parameterOutput, Variates } from "./variates.ts";

/** Replicated data. */
export interface Predictive {
  readonly count: number;
  /** Scalar names of all observed sites in order: "y[1]", "y[2]", … */
  readonly names: readonly string[];
  bySite(name: string): SiteDraws;
}

export async function predict(fitted: Fitted, backend: Backend, count: number, seed: number): Promise<Predictive> {
  const { model } = fitted;
  if (model.observed.length === 0) {
    throw new PosteriorError("no-predictive", `model "${model.name}" observes nothing, so it predicts nothing`);
  }
  const program = await DrawProgram.compile(fitted, backend, {
    purpose: "predict",
    proposal: "guide",
    build: (draws, joint) => {
      const { predictiveParameters } = model.discrete.length === 0 ? joint : atDiscreteDraws(model, draws);
      return Object.fromEntries(
        model.observed.flatMap(({ name }) =>
          Object.entries(predictiveParameters.get(name)!).map(([key, value]) => [parameterOutput(name, key), value]),
        ),
      );
    },
    usual: count,
  });
  const sites = model.observed.map((site) => new Variates(site, program.outputs, count));
  try {
    await program.forEachChunk(count, { step: STEPS.predict, seed }, (chunk) => {
      sites.forEach((site, index) => {
        site.add(chunk, STEPS.predict, seed, index);
      });
    });
  } finally {
    program.dispose();
  }
  return {
    count,
    names: model.observed.flatMap((site) => scalarNames(site.name, site.axes)),
    bySite: (name) => {
      const found = sites.find(({ site }) => site.name === name);
      if (found === undefined) throw new RangeError(`model "${model.name}" has no observed site "${name}"`);
      return { name, shape: found.site.axes.map((axis) => axis.size), draws: found.draws };
    },
  };
}

/** Streams of the uniforms that discrete sites are drawn by. */
const FIRST_STREAM = 0x7ffd0000;

/**
 * The model at draws of its discrete sites: from q where the guide has it, else from p(z | all else), one site after the other,
 * each given those before it. The entries of a Markov chain are drawn each from its own distribution.
 */
function atDiscreteDraws(model: TracedModel, { z, discrete, source }: ProposalDraws): LogJoint {
  const draw = z.axes.find(isDrawAxis)!;
  const guess = new Map(discrete);
  model.discrete.forEach(({ name, probsName, states, axes }, i) => {
    const probs = guess.get(name)?.probs ?? model.at(z, guess).values.get(probsName)!;
    const uniform = random("uniform", FIRST_STREAM + i, [...axes, draw], source);
    guess.set(name, { probs, logProbs: log(probs), position: drawCategorical(probs, states, uniform) });
  });
  return model.at(z, guess);
}
