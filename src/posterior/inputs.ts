/** Names of the inputs that every program of draws has. */
import type { Axis } from "../graph/axis.ts";
import { input } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, Parameters } from "../guides/guide.ts";

export const lambdaInput = (name: string): string => `lambda.${name}`;
export const constantInput = (name: string): string => `guide.${name}`;

/** The u32 scalars that every program of draws takes. */
export const sourceInput = (name: "seed" | "step" | "drawOffset"): Value => input(name, [], "parameter", "u32");

/** Inputs for a guide's λ and constants. */
export function guideInputs(guide: BoundGuide): { readonly lambda: Parameters; readonly constants: Parameters } {
  const make = (entries: Readonly<Record<string, { readonly axes: readonly Axis[] }>>, name: (key: string) => string) =>
    Object.fromEntries(Object.entries(entries).map(([key, { axes }]) => [key, input(name(key), axes, "parameter")]));
  return { lambda: make(guide.parameters, lambdaInput), constants: make(guide.constants, constantInput) };
}
