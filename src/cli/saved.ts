/** Files that hold the state of a fit: what `saveFit` writes, and the guide and objective as they were asked for. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type FitResult, restoreFit, type SavedFit, saveFit } from "../fit/index.ts";
import type { Objective } from "../objectives/index.ts";
import { LoadError, UsageError } from "./errors.ts";

export interface SavedFile extends SavedFit {
  readonly options: { readonly guide: string; readonly objective?: Objective };
}

export function writeSaved(file: string, result: FitResult, options: SavedFile["options"]): void {
  const saved = JSON.parse(saveFit(result)) as Record<string, unknown>;
  writeFileSync(file, `${JSON.stringify({ ...saved, options })}\n`);
}

export function readSaved(file: string): SavedFile {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  try {
    const saved = restoreFit(readFileSync(file, "utf8")) as SavedFit & Partial<SavedFile>;
    return { ...saved, options: saved.options ?? { guide: saved.guide.name } };
  } catch (cause) {
    throw new LoadError(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** "eight-schools.elbow.json" in the current folder, with a number where there is one already. */
export function freeFileFor(model: string): string {
  const slug = model.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "fit";
  for (let n = 1; ; n++) {
    const file = n === 1 ? `${slug}.elbow.json` : `${slug}-${n}.elbow.json`;
    if (!existsSync(file)) return file;
  }
}
