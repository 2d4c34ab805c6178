/** The examples as tests use them, with their reference answers. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonData, Model } from "../../src/index.ts";

export const exampleNames = [
  "conjugate-regression",
  "diamonds",
  "eight-schools",
  "eight-schools-centered",
  "kidscore-momiq",
  "radon",
  "wells",
] as const;

export type ExampleName = (typeof exampleNames)[number];

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const json = (relative: string): unknown => JSON.parse(readFileSync(path(relative), "utf8"));

/** The model and the data of examples/NAME. */
export async function loadExample(name: ExampleName): Promise<{ model: Model; data: JsonData }> {
  const loaded: unknown = await import(/* @vite-ignore */ path(`examples/${name}/model.ts`));
  return { model: (loaded as { default: Model }).default, data: json(`examples/${name}/data.json`) as JsonData };
}

export interface Reference {
  readonly posterior: string;
  readonly method: string;
  readonly logEvidence: number;
  /** Conjugate regression: what the best mean-field Gaussian reaches. */
  readonly meanFieldElbo?: number;
  readonly meanFieldSd?: readonly number[];
  readonly covariance?: readonly (readonly number[])[];
  /** Conjugate regression: exact ELBOs of some diagonal Gaussians. */
  readonly elboAt?: readonly {
    readonly mean: readonly number[];
    readonly sd: readonly number[];
    readonly elbo: number;
  }[];
  /** Under the names of the example's own parameters. */
  readonly parameters: Readonly<
    Record<
      string,
      {
        readonly mean: number;
        readonly sd: number;
        readonly q05?: number;
        readonly q50?: number;
        readonly q95?: number;
      }
    >
  >;
}

/** Posterior means, sds and evidence of examples/NAME, see tests/reference/README.md. */
export const reference = (name: ExampleName): Reference => json(`tests/reference/${name}.json`) as Reference;

export interface StanDensity {
  readonly parameters_unconstrained: readonly string[];
  readonly points: readonly {
    readonly unconstrained: readonly number[];
    readonly constrained: Readonly<Record<string, number>>;
    readonly transformed_parameters?: Readonly<Record<string, number>>;
    readonly log_prob: number;
    readonly gradient: readonly number[];
  }[];
  readonly own_spec_check: { readonly full_log_density: readonly number[] };
}

/** Stan's log density and gradient of examples/NAME at some unconstrained points, in Stan's order of coordinates. */
export const stanDensity = (name: ExampleName): StanDensity =>
  json(`tests/reference/logdensity/${name}.json`) as StanDensity;
