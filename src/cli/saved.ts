/**
 * Files that hold the state of a fit: what `saveFit` writes, and the guide and objective as they were asked for; or what a
 * training learned.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type FitResult, restoreFit, type SavedFit, saveFit, type TrainResult } from "../fit/index.ts";
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

/** What a training learned: arrays with their axes, the last fastest. */
export interface SavedLearned {
  readonly model: string;
  readonly steps: number;
  readonly arrays: Readonly<Record<string, { readonly axes: TrainResult["axes"][string]; readonly values: number[] }>>;
}

/** `steps`: of all trainings together. */
export function writeLearned(file: string, model: string, { parameters, axes }: TrainResult, steps: number): void {
  const arrays = Object.entries(parameters).map(([name, values]) => {
    // Of float32 nine digits are all.
    return [name, { axes: axes[name]!, values: Array.from(values, (x) => Number(x.toPrecision(9))) }];
  });
  const saved: SavedLearned = { model, steps, arrays: Object.fromEntries(arrays) };
  writeFileSync(file, `${JSON.stringify(saved)}\n`);
}

export function readLearned(file: string): SavedLearned {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  try {
    const saved = JSON.parse(readFileSync(file, "utf8")) as SavedLearned;
    if (typeof saved?.arrays === "object" && typeof saved.steps === "number") return saved;
  } catch (cause) {
    throw new LoadError(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  throw new LoadError(`${file}: this is not what --save writes of a training`);
}

/** "eight-schools.elbow.json" in the current folder, with a number where there is one already. */
export function freeFileFor(model: string): string {
  const slug = model.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "fit";
  for (let n = 1; ; n++) {
    const file = n === 1 ? `${slug}.elbow.json` : `${slug}-${n}.elbow.json`;
    if (!existsSync(file)) return file;
  }
}
