/**
 * What the data helpers know of the trace in progress. They are plain functions, as `normal` is, and a trace is
 * synchronous; so the trace announces itself here.
 */
import type { Axis } from "../graph/axis.ts";
import { ModelError } from "./errors.ts";
import type { Subsample } from "./subsample.ts";

export class Scope {
  readonly plates = new Map<string, Axis>();
  /** Plates of which a trace for minibatches has some entries only. */
  readonly subsamples = new Map<Axis, Subsample>();
  readonly #fields = new WeakMap<object, string>();
  readonly #fieldNames: readonly string[];
  readonly #inputNames = new Set<string>();
  /** Fields the model asked for that the data do not have. */
  readonly missing: string[] = [];

  constructor(
    readonly model: string,
    data: unknown,
  ) {
    this.#fieldNames = typeof data === "object" && data !== null ? Object.keys(data) : [];
  }

  /** The data, with a memory of which field an array came from and of fields that were asked for in vain. */
  watch<Data>(data: Data): Data {
    if (typeof data !== "object" || data === null) return data;
    const prototype: unknown = Object.getPrototypeOf(data);
    if (prototype !== Object.prototype && prototype !== null) return data;
    for (const [name, value] of Object.entries(data)) {
      if (typeof value === "object" && value !== null) this.#fields.set(value, name);
    }
    return new Proxy<Data & object>(data, {
      get: (target, key, receiver) => {
        if (typeof key === "string" && !(key in target)) this.missing.push(key);
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  }

  /** "data.sigma" where the array is a field of the data. */
  label(array: unknown): string | undefined {
    const field = typeof array === "object" && array !== null ? this.#fields.get(array) : undefined;
    return field === undefined ? undefined : `data.${field}`;
  }

  /** A name for an input that no other input of this trace has. */
  inputName(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#inputNames.has(name); count++) name = `${wanted}#${count}`;
    this.#inputNames.add(name);
    return name;
  }

  /** Says which fields there are, and which was asked for. */
  missingFields(): string {
    const asked = [...new Set(this.missing)].map((name) => `data.${name}`).join(", ");
    const fields = this.#fieldNames.length === 0 ? "none" : this.#fieldNames.join(", ");
    return asked === "" ? `the data's fields are: ${fields}` : `there is no ${asked}; the data's fields are: ${fields}`;
  }

  knows(axis: Axis): boolean {
    if (this.plates.get(axis.name) === axis) return true;
    for (const plate of this.plates.values()) {
      if (axis.name.startsWith(plate.name) && plate.prime() === axis) return true;
    }
    return false;
  }

  /** Axes of the whole data, for axes of which some may be subsampled. Throws for the twin of one that is. */
  wholeAxes(axes: readonly Axis[], call: string): Axis[] {
    return axes.map((axis) => {
      for (const { plate } of this.subsamples.values()) {
        if (plate.prime() !== axis) continue;
        throw new ModelError(
          "minibatch",
          plate.name,
          `${call}: the plate "${plate.name}" has a batch, and pairs of its entries cannot be subsampled; leave out its batch`,
        );
      }
      return this.subsamples.get(axis)?.whole ?? axis;
    });
  }

  /** Throws for an axis that is not a plate of this model. */
  requirePlates(axes: readonly Axis[], site: string): void {
    for (const axis of axes) {
      if (this.knows(axis)) continue;
      const twin = this.plates.get(axis.name);
      const remedy =
        twin === undefined
          ? `make it with plate("${axis.name}", ${axis.size}) of the model's context`
          : `this model has another plate of that name (${twin}): use the axis that its plate() returned`;
      throw new ModelError("unknown-plate", site, `${site}: the axis ${axis} is not a plate of this model; ${remedy}`);
    }
  }
}

let current: Scope | null = null;

export const currentScope = (): Scope | null => current;

export function withScope<Result>(scope: Scope, run: () => Result): Result {
  const outer = current;
  current = scope;
  try {
    return run();
  } finally {
    current = outer;
  }
}
