import { compileEvaluator } from "../cpu/interpreter.ts";
import { expand } from "../graph/expand.ts";
import { input } from "../graph/ops.ts";
import type { BoundGuide, Guide, GuideStart } from "../guides/guide.ts";
import { ModelError } from "../model/errors.ts";
import type { TracedModel } from "../model/traced.ts";

/** q of a value that the start makes less likely than this can still come back. */
const LEAST_LOG = -12;

/**
 * Binds a guide to a model. Throws a ModelError for a discrete latent that neither is summed out nor has a block of the guide.
 */
export function bindGuide(guide: Guide, model: TracedModel, start: GuideStart): BoundGuide {
  const bound = guide.bind(model.coordinate, start, model.latents, model.discrete);
  const blocks = new Set(bound.discrete?.map(({ site }) => site.name));
  for (const { name, distribution, enumerate } of model.discrete) {
    if (enumerate || blocks.has(name)) continue;
    throw new ModelError(
      "discrete-latent",
      name,
      `${name}: a latent ${distribution.name} is discrete, which the guide "${guide.name}" cannot follow; sum it out: ` +
        `sample("${name}", …, [plates], { enumerate: true }), or give it probabilities of its own: ` +
        `guide({ ${name}: categorical(), default: meanField() })`,
    );
  }
  return bound;
}

/** The start with log q of the discrete sites: their probabilities given the location of the others, in float64. */
export function withResponsibilities(model: TracedModel, start: GuideStart): GuideStart {
  if (model.discrete.every(({ enumerate }) => enumerate)) return start;
  const z = input("z", [model.coordinate], "parameter");
  const { values } = model.at(z);
  const roots = model.discrete.map(({ probsName, axes, states }) => expand(values.get(probsName)!, [...axes, states]));
  const found = compileEvaluator(roots)(new Map([...model.inputs, ["z", start.mean] as const]));
  const logs = (probs: Float64Array): Float64Array =>
    probs.map((p) => (p > 0 ? Math.max(Math.log(p), LEAST_LOG) : LEAST_LOG));
  const discrete = Object.fromEntries(model.discrete.map(({ name }, i) => [name, logs(found[i]!)]));
  return { ...start, discrete };
}
