/** The trace that steps with batches are made of. */
import type { JsonData, Model } from "../model/model.ts";
import type { TracedModel } from "../model/traced.ts";
import { FitError } from "./errors.ts";

/**
 * `traced` itself where no plate has a batch. Throws a FitError for a latent of a plate that has one: a step changes what q
 * knows of its batch, so that latents of the plate would wait for the few steps that draw them.
 */
export function minibatchOf<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  traced: TracedModel,
): TracedModel {
  const { batches } = traced.tracing;
  if (batches.size === 0) return traced;
  for (const site of traced.latents) {
    const plate = site.axes.find((axis) => batches.has(axis));
    if (plate === undefined) continue;
    throw new FitError(
      "local-latent",
      `${site.name}: it has an entry for each of the plate "${plate.name}", of which a step sees a batch of ${batches.get(plate)}; ` +
        `leave out the batch of plate("${plate.name}"), or give "${site.name}" an amortised guide`,
    );
  }
  return model.trace(data, { minibatch: true });
}

/** The same model. Throws a FitError where it has parameters to be learned, which have no posterior. */
export function withoutLearned(traced: TracedModel): TracedModel {
  if (traced.learned.length === 0) return traced;
  const names = traced.learned.map(({ name }) => name).join(", ");
  throw new FitError(
    "learned-parameters",
    `model "${traced.name}" has parameters without a prior (${names}): learn them by train(model, data), or declare them with sample()`,
  );
}
