/** Data for a model: arrays bound to plates become inputs of the graph. */
import { Axis } from "../graph/axis.ts";
import { gather, indexInput, input } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { type DataArray, flatten } from "./array.ts";
import { ModelError } from "./errors.ts";
import { indexLabel, toCanonical } from "./layout.ts";
import { currentScope, type Scope } from "./scope.ts";

interface Binding {
  readonly values: Float64Array;
  readonly axes: readonly Axis[];
  /** By entry in the order of `axes`: whether it is missing (its value is then a stand-in). */
  readonly gaps?: readonly boolean[];
}

const bindings = new WeakMap<Value, Binding>();
let unbound = 0;

/** The numbers behind a data input, in canonical layout; undefined for any other value. */
export const boundData = (value: Value): Float64Array | undefined => bindings.get(value)?.values;

/** The axes of a data input in the order the user gave them; undefined for any other value. */
export const boundAxes = (value: Value): readonly Axis[] | undefined => bindings.get(value)?.axes;

/** Which entries of a data input are missing, in the order of its bound axes; undefined where none is. */
export const boundGaps = (value: Value): readonly boolean[] | undefined => bindings.get(value)?.gaps;

interface Request {
  readonly values: Float64Array;
  readonly label: string;
  readonly scope: Scope | null;
  /** The plates with all their entries, of which a trace for minibatches gathers some. */
  readonly whole: readonly Axis[];
}

function read(helper: string, array: DataArray | undefined, plates: readonly Axis[], gaps = false): Request {
  const scope = currentScope();
  if (!Array.isArray(plates) || !plates.every((plate) => plate instanceof Axis)) {
    throw new ModelError(
      "wrong-argument",
      null,
      `${helper}(data, plates): the plates must be an array of plates: ${helper}(data, [plate])`,
    );
  }
  const label = scope?.label(array) ?? "data";
  if (array === undefined) {
    const fields = scope === null ? "" : `; ${scope.missingFields()}`;
    throw new ModelError("data-missing", null, `${helper}(undefined): the data are missing${fields}`);
  }
  if (array instanceof Value) {
    throw new ModelError(
      "wrong-argument",
      null,
      `${helper}(data, plates): this is a value of the model already, not an array`,
    );
  }
  scope?.requirePlates(plates, `${helper}(${label})`);
  const whole = scope?.wholeAxes(plates, `${helper}(${label})`) ?? plates;
  return { values: flatten(array, whole, label, gaps), label, scope, whole };
}

function bind(
  { label, scope, values, whole }: Request,
  plates: readonly Axis[],
  make: (name: string, axes: readonly Axis[]) => Value,
): Value {
  const wanted = label === "data" ? "data" : label;
  const made = make(scope === null ? `${wanted}@${++unbound}` : scope.inputName(wanted), whole);
  bindings.set(made, { values: toCanonical(values, whole), axes: whole });
  const subsampled = plates.flatMap((plate) => scope?.subsamples.get(plate) ?? []);
  if (subsampled.length === 0) return made;
  const gathered = subsampled.reduce((x, { whole, index }) => gather(x, whole, index), made);
  bindings.set(gathered, { values: new Float64Array(0), axes: plates });
  return gathered;
}

export interface RealOptions {
  /** Whether null, undefined and NaN stand for missing entries. `observe` then says what becomes of them. Default false. */
  readonly missing?: boolean;
}

/**
 * Real-valued data over `plates`: a flat array (row-major over the plates as given) or arrays nested one level a
 * plate; a number where there are no plates.
 */
export function real(array: DataArray | undefined, plates: readonly Axis[] = [], options: RealOptions = {}): Value {
  const request = read("real", array, plates, options.missing === true);
  const make = (name: string, axes: readonly Axis[]): Value => input(name, axes, "data");
  const gaps = Array.from(request.values, Number.isNaN);
  if (!gaps.includes(true)) return bind(request, plates, make);
  // A present value stands in: it is in the support of whatever the others are observed under.
  if (request.whole.some((axis) => !plates.includes(axis))) {
    throw new ModelError(
      "minibatch",
      request.label,
      `${request.label}: missing entries along a plate with a batch are not supported; leave out the batch of the plate`,
    );
  }
  const present = request.values.find((value) => !Number.isNaN(value));
  if (present === undefined) {
    throw new ModelError("data-missing", request.label, `${request.label}: every entry is missing`);
  }
  const filled = request.values.map((value) => (Number.isNaN(value) ? present : value));
  const made = bind({ ...request, values: filled }, plates, make);
  bindings.set(made, { ...bindings.get(made)!, gaps });
  return made;
}

/** Integer data (counts, classes) over `plates`, as `real`. */
export function integer(array: DataArray | undefined, plates: readonly Axis[] = []): Value {
  const request = read("integer", array, plates);
  requireIntegers(request);
  return bind(request, plates, (name, axes) => input(name, axes, "data", "i32"));
}

export interface IndexOptions {
  /** What the data call the first entry: 1 for data made for Stan, R or Julia. Default 0. */
  readonly base?: 0 | 1;
}

/** Positions along the plate `target`, for `value.at(index)`: which school a pupil goes to, for every pupil. */
export function index(
  array: DataArray | undefined,
  plates: readonly Axis[],
  target: Axis,
  options: IndexOptions = {},
): Value {
  const base = options.base ?? 0;
  if (!(target instanceof Axis)) {
    throw new ModelError(
      "wrong-argument",
      null,
      "index(data, plates, target): name the plate that the data index, as in index(data.county, [house], county)",
    );
  }
  const request = read("index", array, plates);
  const { values, label, scope } = request;
  if (scope?.subsamples.has(target)) {
    throw new ModelError(
      "minibatch",
      label,
      `index(${label}): it points into the plate "${target.name}", of which a step with a batch sees some entries only; leave out the batch of that plate`,
    );
  }
  scope?.requirePlates([target], `index(${label})`);
  requireIntegers(request);
  const wrong = values.findIndex((value) => value < base || value >= base + target.size);
  if (wrong >= 0) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const other = base === 0 ? 1 : 0;
    const fits = low >= other && high < other + target.size;
    const remedy = fits ? `; the data run from ${low} to ${high}: say index(…, { base: ${other} })` : "";
    throw new ModelError(
      "index-range",
      label,
      `${label}${indexLabel(plates, wrong)} is ${values[wrong]} (indices from 1), which is not in ${base} … ${base + target.size - 1}, the positions of the plate ${target} with base ${base}${remedy}`,
    );
  }
  const shifted: Request = base === 0 ? request : { ...request, values: values.map((value) => value - base) };
  return bind(shifted, plates, (name, axes) => indexInput(name, axes, target));
}

function requireIntegers({ values, label, whole: plates }: Request): void {
  const wrong = values.findIndex((value) => !Number.isInteger(value) || Math.abs(value) > 0x7fffffff);
  if (wrong < 0) return;
  const reason = Number.isInteger(values[wrong]) ? "beyond 32-bit integers" : "not an integer; real() takes real data";
  throw new ModelError(
    "non-integer-count",
    label,
    `${label}${indexLabel(plates, wrong)} is ${values[wrong]} (indices from 1), ${reason}`,
  );
}
