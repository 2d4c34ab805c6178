/** A fit as text, to go on with in another process: everything `fit` needs of it, exact to the bit. */
import type { TracedModel } from "../model/traced.ts";
import { FitError } from "./errors.ts";
import type { FitResult, Resumable } from "./result.ts";

const FORMAT = "elbow-fit";
const VERSION = 1;

/** What `restoreFit` reads. */
export interface SavedFit extends Resumable {
  readonly model: { readonly name: string; readonly fingerprint: string };
  readonly stopped: FitResult["stopped"];
}

/**
 * The state of a fit as JSON: the guide's parameters, the optimiser's memory, the schedule and the trace; not the model
 * and its data, of which only a fingerprint is kept. Arrays are base64 of their float64 values, little-endian.
 */
export function saveFit(result: FitResult): string {
  const { model, guide, seed, draws, steps, stopped, elboTrace, objectiveTrace, weighted, gradients, resume } = result;
  const saved: SavedFit = {
    model: { name: model.name, fingerprint: fingerprint(model) },
    guide: { name: guide.name },
    seed,
    draws,
    steps,
    stopped,
    elboTrace,
    ...(objectiveTrace !== undefined && { objectiveTrace }),
    ...(weighted !== undefined && { weighted }),
    gradients,
    resume,
  };
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...saved }, encode)}\n`;
}

/** Reads what `saveFit` wrote, for the option `resume` of `fit`. Throws a FitError for any other text. */
export function restoreFit(text: string): SavedFit {
  let found: unknown;
  try {
    found = JSON.parse(text, decode);
  } catch (cause) {
    throw notSaved(cause instanceof Error ? cause.message : String(cause));
  }
  const { format, version, ...saved } = (found ?? {}) as { format?: unknown; version?: unknown } & SavedFit;
  if (format !== FORMAT) throw notSaved(`it lacks "format": "${FORMAT}"`);
  if (version !== VERSION) throw notSaved(`it has version ${String(version)}, this library reads ${VERSION}`);
  if (!(saved.elboTrace instanceof Float64Array) || !(saved.resume?.start?.mean instanceof Float64Array)) {
    throw notSaved("it is not complete");
  }
  return saved;
}

/** Throws a FitError where a saved fit was of another model or of other data than these. */
export function checkSaved(model: TracedModel, resume: Resumable): void {
  const { model: saved } = resume as Partial<SavedFit>;
  if (saved?.fingerprint === undefined || saved.fingerprint === fingerprint(model)) return;
  const what =
    saved.name === model.name ? "other data, or of an earlier form of the model" : `the model "${saved.name}"`;
  throw new FitError("wrong-resume", `resume: that fit was of ${what}; fit "${model.name}" from the beginning`);
}

const notSaved = (why: string): FitError =>
  new FitError("wrong-resume", `resume: this is not a fit that saveFit wrote: ${why}`);

/** A hash of the latent sites and of the data, 64 bits in hexadecimal. */
function fingerprint(model: TracedModel): string {
  const hash = new Fnv();
  for (const { name, start, length } of model.latents) hash.text(`${name} ${start} ${length};`);
  for (const [name, values] of [...model.inputs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.text(`${name} ${values.length};`);
    hash.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.hex();
}

/** FNV-1a (Fowler, Noll & Vo) of 32 bits, twice with different beginnings. */
class Fnv {
  #a = 0x811c9dc5;
  #b = 0x1b873593;

  bytes(values: Iterable<number>): void {
    for (const byte of values) {
      this.#a = Math.imul(this.#a ^ byte, 0x01000193);
      this.#b = Math.imul(this.#b ^ byte, 0x01000193);
    }
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

interface Encoded {
  readonly float64?: string;
  readonly number?: string;
}

function encode(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array) return { float64: toBase64(value) } satisfies Encoded;
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) } satisfies Encoded;
  return value;
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { float64, number } = value as Encoded;
  if (typeof float64 === "string") return fromBase64(float64);
  if (typeof number === "string") return Number(number);
  return value;
}

function toBase64(values: Float64Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}
