import { DistributionError, deferringChecks } from "../distributions/index.ts";
import { ModelError } from "./errors.ts";
import { Scope, withScope } from "./scope.ts";
import { type ModelContext, Tracing } from "./trace.ts";
import { TracedModel } from "./traced.ts";

/** What JSON.parse gives: the data of a model that does not declare their type. */
export type JsonData = Record<string, ReturnType<typeof JSON.parse>>;

export interface Model<Data extends object = JsonData> {
  readonly name: string;
  /**
   * Runs the model's function once with these data. Throws a ModelError where model and data do not fit. With `minibatch`,
   * plates that have a batch are of its size; see Subsample.
   */
  trace(data: Data, options?: TraceOptions): TracedModel;
}

export interface TraceOptions {
  readonly minibatch?: boolean;
}

/**
 * A Bayesian model: a function of data that declares latent sites with `sample` and data with `observe`.
 *
 * The function must be synchronous and depend on nothing but its arguments; it runs once for every data set.
 */
export function model<Data extends object = JsonData>(
  name: string,
  fn: (context: ModelContext, data: Data) => void,
): Model<Data> {
  return { name, trace: (data, options) => trace(name, fn, data, options) };
}

function trace<Data extends object>(
  name: string,
  fn: (context: ModelContext, data: Data) => void,
  data: Data,
  { minibatch = false }: TraceOptions = {},
): TracedModel {
  const scope = new Scope(name, data);
  const tracing = new Tracing(scope, minibatch);
  return withScope(scope, () => {
    const result: unknown = run(() => fn(tracing.context(), scope.watch(data)), tracing);
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new ModelError("async-model", null, `model "${name}": the function is async; load the data before`);
    }
    return new TracedModel(name, tracing);
  });
}

/** Errors that know nothing of sites and data, told with what the trace knows. */
function run(call: () => unknown, tracing: Tracing): unknown {
  const { scope } = tracing;
  try {
    return deferringChecks(call);
  } catch (error) {
    if (error instanceof TypeError && scope.missing.length > 0) {
      const message = `model "${scope.model}": ${scope.missingFields()} (${error.message})`;
      throw new ModelError("data-missing", null, message, { cause: error });
    }
    if (!(error instanceof DistributionError)) throw error;
    const place = tracing.lastSite === null ? "the first site" : `the site after "${tracing.lastSite}"`;
    const fields = scope.missing.length > 0 ? `; ${scope.missingFields()}` : "";
    const message = `model "${scope.model}": in the distribution of ${place}: ${error.message}${fields}`;
    throw new ModelError("parameter-domain", null, message, { cause: error });
  }
}
