/** Names of the inputs that every program of draws has. */
import { input } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

export const lambdaInput = (name: string): string => `lambda.${name}`;
export const constantInput = (name: string): string => `guide.${name}`;

/** The u32 scalars that every program of draws takes. */
export const sourceInput = (name: "seed" | "step" | "drawOffset"): Value => input(name, [], "parameter", "u32");
