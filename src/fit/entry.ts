/** Entry points whose engine is loaded when they are first called: a page that does not call them never loads it. */
import type { JsonData, Model } from "../model/model.ts";
import type { PriorDraws, PriorOptions } from "../posterior/prior.ts";
import type { CompiledElbo, CompileElboOptions } from "./compileElbo.ts";
import type { FitManyOptions, Posteriors } from "./many.ts";
import type { TrainOptions } from "./train/train.ts";
import type { Trained } from "./train/trained.ts";

/** Compiles the ELBO of a model and its data, for a program that has its own optimiser; see `CompiledElbo`. */
export async function compileElbo<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: CompileElboOptions = {},
): Promise<CompiledElbo> {
  const { CompiledElbo } = await import("./compileElbo.ts");
  return CompiledElbo.compile(model, data, options);
}

/**
 * Draws from the prior of a model, and data that it would make before it has seen any: for marginals against the prior, and
 * for prior predictive checks (A. Gelman et al., *Bayesian Workflow*, 2020, §2.4). Each site is drawn on the host from its
 * distribution given the sites that it depends on. Factors are no distributions and are left out; data that parameters depend
 * on (predictors, indices) are as given.
 *
 * Throws a ModelError where the data do not fit the model.
 */
export async function samplePrior<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: PriorOptions = {},
): Promise<PriorDraws> {
  const { drawPrior } = await import("../posterior/prior.ts");
  return drawPrior(model.trace(data), options);
}

/**
 * Fits a model to many data sets of one shape, or to one data set many times, as `fit` would fit each: with its own
 * seed, start, stopping rule, verdict. The fits run side by side, on a GPU a workgroup each, so that small models fill
 * the device: a thousand fits cost little more than as many as it has compute units.
 *
 * A fit draws what it would draw alone with the same seed, and ends with the same λ. One that fails, meets a NaN or does
 * not converge ends by itself and says so in its verdict; the others do not notice.
 *
 * `data`: an array of data sets, whose arrays must have the same lengths and lead the model's function the same way, or
 * one that all fits share. Numbers that enter the model other than through `real`, `integer` and `index` must be equal.
 *
 * Throws a FitError for wrong options and for data sets that differ in more than their numbers, a ModelError where a data
 * set does not fit the model, and what compiling may throw.
 */
export async function fitMany<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data | readonly Data[],
  options: FitManyOptions = {},
): Promise<Posteriors> {
  const many = await import("./many.ts");
  return many.fitMany(model, data, options);
}

/**
 * Maximises the evidence lower bound over the learned parameters of a model (`parameter(…)`) and of its amortised guides, by
 * stochastic gradients of batches (`plate(name, size, { batch })`). It takes the steps it is told, or fewer: after some of them
 * the bound is evaluated on the same batches and draws, and where it is twice in a row no higher than before, the step size is
 * taken down and training ends. `trained.judge(bounds)` has the verdict. What goes wrong on the way is in `trained.result`,
 * beside the last good state.
 *
 * Throws a FitError for wrong options, a model without anything to learn, a latent without a guide, or an ordinary guide of a latent that
 * belongs to a plate with a batch.
 */
export async function train<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: TrainOptions = {},
): Promise<Trained<Data>> {
  const training = await import("./train/train.ts");
  return training.train(model, data, options);
}
