import type { JsonData, Model } from "../model/model.ts";
import type { CheckSettings } from "../posterior/index.ts";
import type { Posterior } from "../posterior/posterior.ts";
import { type DeviceChoice, deviceFor } from "./device.ts";
import { minibatchOf, withoutLearned } from "./minibatch.ts";
import { type InferenceOptions, initialVector, settleFit } from "./options.ts";
import type { FitResult } from "./result.ts";

export interface FitOptions extends InferenceOptions {
  /** An open device, or which to open for this one: default "auto". "cpu" is the float64 reference. */
  readonly device?: DeviceChoice;
  /**
   * How much the final evaluation draws. The verdict is defined by the defaults. False: none is made, so that draws can be
   * shown at once; `await posterior.check()` makes it later.
   */
  readonly check?: Partial<CheckSettings> | false;
}

/**
 * Fits an approximate posterior to a model and its data, and evaluates it.
 *
 * Needs no tuning: it begins where quasi-Newton and Newton steps put it, goes on by natural gradients on the device, and
 * stops by itself. Whatever stops it early, the last good state comes back as a Posterior whose verdict says so. Throws
 * only for wrong options, a model that does not fit its data, or a program that cannot be compiled.
 */
export async function fit<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: FitOptions = {},
): Promise<Posterior<FitResult>> {
  const traced = withoutLearned(model.trace(data));
  const minibatch = minibatchOf(model, data, traced);
  settleFit(options);
  initialVector(traced, options.initial);
  // All that a fit needs is there before it begins, so that a network that fails later costs nothing.
  const loading = Promise.all([import("./infer.ts"), import("../posterior/posterior.ts")]);
  loading.catch(() => {});
  const { backend, close } = await deviceFor(options.device);
  try {
    const [{ infer }, { Posterior }] = await loading;
    const result = await infer(traced, backend, options, minibatch);
    const settings = { ...(options.check && { check: options.check }), onDispose: close };
    if (options.check === false) return new Posterior(result, settings);
    options.onProgress?.({
      stage: "evaluate",
      step: result.steps,
      steps: result.steps,
      elbo: result.elboTrace.at(-1) ?? null,
      estimates: new Float64Array(),
      gradients: result.gradients,
      stepSize: null,
    });
    try {
      return await new Posterior(result, settings).check();
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== "device-lost") throw error;
      // The fit is whole; its evaluation goes on without the device.
      const reasons = [...result.reasons, (error as Error).message];
      return await new Posterior({ ...result, stopped: "device-lost", reasons }, settings).check();
    }
  } catch (error) {
    close();
    throw error;
  }
}
