/** A model's JavaScript becomes a module, and its errors lines of the source. */
import * as library from "elbow-gpu";
import { ElbowError, type Model, type Training } from "elbow-gpu";
import type { Failure } from "./protocol.ts";

declare global {
  var elbow: unknown;
}

/** Places in a blob module, as engines write them in a stack. */
const PLACE = /blob:[^\s)]*?:(\d+):(\d+)/;

/** Imports of the library become destructurings of the one that is loaded already; lines stay where they are. */
export function linked(source: string): string {
  const named = source.replace(
    /import\s*\{([^}]*)\}\s*from\s*["']elbow-gpu["']\s*;?/g,
    (_, names: string) => `const {${names.replace(/\s+as\s+/g, ": ")}} = globalThis.elbow;`,
  );
  const whole = named.replace(
    /import\s*\*\s*as\s+(\w+)\s+from\s*["']elbow-gpu["']\s*;?/g,
    "const $1 = globalThis.elbow;",
  );
  const other = /^\s*import\b[^\n]*?["']([^"']+)["']/m.exec(whole);
  if (other !== null) throw new SyntaxError(`a model here can import from "elbow-gpu" only, not from "${other[1]}"`);
  return whole;
}

export interface Loaded {
  readonly model: Model;
  /** What the module exports under this name; null where it exports none. */
  readonly training: Training | null;
}

export async function loadModel(source: string): Promise<Loaded> {
  globalThis.elbow = library;
  const url = URL.createObjectURL(new Blob([linked(source)], { type: "text/javascript" }));
  try {
    const { default: model, training = null } = (await import(/* @vite-ignore */ url)) as {
      default?: Model;
      training?: Training;
    };
    if (typeof model?.trace !== "function") {
      throw new TypeError('the module exports no model: write `export default model("name", …)`');
    }
    return { model, training };
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof Error && !(error instanceof ElbowError) ? `${error.name}: ` : "";
  const place = PLACE.exec((error as Error | null)?.stack ?? "");
  return {
    message: `${kind}${message}`,
    line: place === null ? null : Number(place[1]),
    column: place === null ? null : Number(place[2]),
  };
}
