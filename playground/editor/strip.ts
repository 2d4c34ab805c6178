/** A model's types are taken out, line for line. Loaded with the editor. */
import { transform } from "sucrase";
import type { Failure } from "../worker/protocol.ts";

export function strip(source: string): { readonly script: string } | { readonly failure: Failure } {
  try {
    return { script: transform(source, { transforms: ["typescript"], disableESTransforms: true }).code };
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    const said = message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, "");
    return { failure: { message: said, line: loc?.line ?? null, column: loc?.column ?? null } };
  }
}
