/** Finds a model and its data: a folder with model.ts and data.json, a model file and a data file, or an example. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createJiti } from "jiti";
import type { Training } from "../fit/index.ts";
import * as elbow from "../index.ts";
import type { JsonData, Model } from "../model/model.ts";
import { LoadError, UsageError } from "./errors.ts";
import { exampleFolder } from "./examples.ts";

export interface Loaded {
  readonly model: Model;
  readonly data: JsonData;
  /** How the model is trained, where its file says so: it then has parameters to learn instead of a posterior. */
  readonly training: Training | null;
}

const MODEL_FILES = ["model.ts", "model.mts", "model.js", "model.mjs"];

export async function loadModel(modelPath: string, dataPath: string | undefined): Promise<Loaded> {
  const files = locate(modelPath, dataPath);
  return { ...(await importModel(files.model)), data: readData(files.data) };
}

function locate(modelPath: string, dataPath: string | undefined): { model: string; data: string } {
  const path = existsSync(modelPath) ? resolve(modelPath) : exampleFolder(modelPath);
  if (path === null) {
    throw new UsageError(
      `${modelPath}: there is no such file or folder, and no example of this name (elbow examples lists them)`,
    );
  }
  if (!statSync(path).isDirectory()) {
    if (dataPath === undefined) {
      throw new UsageError(
        `${modelPath} is a model file: name its data file too, or a folder with model.ts and data.json`,
      );
    }
    return { model: path, data: requireFile(dataPath) };
  }
  const model = MODEL_FILES.map((name) => join(path, name)).find(existsSync);
  if (model === undefined) throw new UsageError(`${modelPath}: the folder has no model.ts`);
  if (dataPath !== undefined) return { model, data: requireFile(dataPath) };
  const data = join(path, "data.json");
  if (!existsSync(data)) throw new UsageError(`${modelPath}: the folder has no data.json; name a data file after it`);
  return { model, data };
}

function requireFile(path: string): string {
  const file = resolve(path);
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new UsageError(`${path}: there is no such data file`);
}

/**
 * The model a file exports: by default, or as its only model. `elbow-gpu` inside it is this very library, whatever
 * is installed beside the file: a second copy's values would be strangers to this one.
 */
async function importModel(file: string): Promise<Pick<Loaded, "model" | "training">> {
  const jiti = createJiti(import.meta.url, {
    virtualModules: { "elbow-gpu": elbow },
    interopDefault: false,
    fsCache: false,
    moduleCache: false,
  });
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await jiti.import<Record<string, unknown>>(file);
  } catch (cause) {
    if (cause instanceof elbow.ElbowError) throw cause;
    throw new LoadError(`${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const training = (exported.training as Training | undefined) ?? null;
  if (isModel(exported.default)) return { model: exported.default, training };
  const models = Object.values(exported).filter(isModel);
  if (models.length === 1) return { model: models[0]!, training };
  const found = models.length === 0 ? "exports no model" : `exports ${models.length} models`;
  throw new LoadError(`${basename(file)} ${found}: write "export default model(…)" (${file})`);
}

function isModel(value: unknown): value is Model {
  const candidate = value as Partial<Model> | null | undefined;
  return typeof candidate === "object" && typeof candidate?.trace === "function" && typeof candidate.name === "string";
}

function readData(file: string): JsonData {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    if (/\.[ct]sv$/i.test(file)) {
      throw new LoadError(`${file}: data are a JSON object whose fields are columns, { "y": [1.5, 2], … }, not CSV`, {
        cause,
      });
    }
    throw new LoadError(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new LoadError(`${file}: the data must be a JSON object, { "y": […], … }`);
  }
  return data as JsonData;
}
