/** The posteriors of examples/posteriordb with their reference answers. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonData, Model, TracedModel } from "../../src/index.ts";

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

export const posteriorNames: readonly string[] = readdirSync(path("examples/posteriordb")).sort();

export interface PosteriorReference {
  readonly logEvidence: { readonly value: number; readonly standardError: number } | null;
  readonly parameters: Readonly<Record<string, { readonly mean: number; readonly sd: number }>>;
  readonly logDensity: {
    /** With all constants and the log Jacobian. */
    readonly full: readonly number[];
    readonly points: readonly {
      readonly unconstrained: readonly number[];
      readonly logProb: number;
      readonly gradient: readonly number[];
    }[];
  };
}

export const posteriorReference = (name: string): PosteriorReference =>
  JSON.parse(readFileSync(path(`tests/posteriordb/reference/${name}.json`), "utf8")) as PosteriorReference;

export async function loadPosterior(name: string): Promise<TracedModel> {
  const loaded: unknown = await import(/* @vite-ignore */ path(`examples/posteriordb/${name}/model.ts`));
  const data = JSON.parse(readFileSync(path(`examples/posteriordb/${name}/data.json`), "utf8")) as JsonData;
  return (loaded as { default: Model }).default.trace(data);
}

/** Sites in the order in which Stan's program declares its parameters, where ours declares them in another. */
const STAN_ORDER: Readonly<Record<string, readonly string[]>> = {
  "eight_schools-eight_schools_centered": ["theta", "mu", "tau"],
  "GLMM_Poisson_data-GLMM_Poisson_model": ["alpha", "beta1", "beta2", "beta3", "eps", "sigma"],
};

/** For every coordinate of Stan's unconstrained vector its place in ours. */
export function stanCoordinates(name: string, { latents }: TracedModel): number[] {
  const order = STAN_ORDER[name] ?? latents.map((site) => site.name);
  return order.flatMap((wanted) => {
    const site = latents.find((latent) => latent.name === wanted)!;
    return Array.from({ length: site.length }, (_, k) => site.start + k);
  });
}
