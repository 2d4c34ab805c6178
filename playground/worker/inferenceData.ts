/** A posterior as the JSON that ArviZ's `from_json` reads: groups of variables, each over chain, draw and its own axes. */
import type { FitResult, Posterior } from "elbow-gpu";

const DRAWS = 4000;
const REPLICATES = 1000;

type Nested = number | null | readonly Nested[];

/** Row-major numbers as nested arrays; what JSON cannot say becomes null. */
function nested(values: ArrayLike<number>, shape: readonly number[], start = 0): Nested {
  const [length, ...inner] = shape;
  if (length === undefined) return Number.isFinite(values[start]) ? values[start]! : null;
  const stride = inner.reduce((product, extent) => product * extent, 1);
  return Array.from({ length }, (_, i) => nested(values, inner, start + i * stride));
}

/** q's draws are independent: they go as one chain. */
export async function inferenceData(posterior: Posterior<FitResult>): Promise<string> {
  const { model, guide, seed } = posterior.result;
  const draws = await posterior.sample(DRAWS);
  const group = (
    sites: readonly { name: string }[],
    of: (name: string) => { shape: readonly number[]; draws: Float64Array },
    count: number,
  ) =>
    Object.fromEntries(
      sites.map(({ name }) => {
        const { shape, draws } = of(name);
        return [name, nested(draws, [1, count, ...shape])];
      }),
    );
  const predictive = model.observed.length === 0 ? null : await posterior.predict({ draws: REPLICATES });
  const observed = model.observed.flatMap(({ name, axes, value }) => {
    const data = value.op.kind === "input" ? model.inputs.get(value.op.name) : undefined;
    // Inputs lie in canonical order, which is the user's own where there is one axis.
    return data === undefined || axes.length > 1
      ? []
      : [
          [
            name,
            nested(
              data,
              axes.map((axis) => axis.size),
            ),
          ] as const,
        ];
  });
  return JSON.stringify({
    posterior: group([...model.latents, ...model.reported], (name) => draws.bySite(name), DRAWS),
    ...(predictive && {
      posterior_predictive: group(model.observed, (name) => predictive.bySite(name), REPLICATES),
    }),
    sample_stats: { lp: nested(draws.logJoint, [1, DRAWS]), log_q: nested(draws.logDensity, [1, DRAWS]) },
    observed_data: Object.fromEntries(observed),
    attrs: { inference_library: "elbow-gpu", model: model.name, guide: guide.name, seed },
  });
}
