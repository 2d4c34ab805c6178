/** Reading arrays as users have them: numbers, typed arrays, nested arrays. */
import { type Axis, sizeOf } from "../graph/axis.ts";
import { ModelError } from "./errors.ts";
import { describeAxes, describePlates, indexLabel } from "./layout.ts";

export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** A number, a flat array (typed or not), or arrays nested one level a plate. */
export type DataArray = number | TypedArray | readonly DataArray[];

const isArray = (x: unknown): x is ArrayLike<unknown> =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));

/** Extents of nested arrays, by first entries. */
function shapeOf(array: unknown): number[] {
  const shape: number[] = [];
  for (let level = array; isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

/**
 * The numbers of `array`, row-major over `plates` as given; where `gaps` are allowed, NaN for null, undefined and NaN.
 * Throws a ModelError that names `label`.
 */
export function flatten(array: unknown, plates: readonly Axis[], label: string, gaps = false): Float64Array {
  const total = sizeOf(plates);
  if (typeof array === "number" && plates.length === 0) return checked([array], plates, label, gaps);
  if (!isArray(array)) throw notAnArray(array, plates, label);
  const shape = shapeOf(array);
  if (plates.length === 0) {
    throw new ModelError(
      "data-shape",
      label,
      `${label}: an array of shape ${shape.join(" × ")} and no plate to run over; name its plates, as in real(${label}, [plate])`,
    );
  }
  if (shape.length <= 1) {
    if (array.length !== total) throw wrongLength(array.length, plates, label);
    return checked(array, plates, label, gaps);
  }
  const flat: unknown[] = [];
  collect(array, plates, 0, "", flat, label, shape);
  return checked(flat, plates, label, gaps);
}

function collect(
  array: ArrayLike<unknown>,
  plates: readonly Axis[],
  depth: number,
  where: string,
  into: unknown[],
  label: string,
  shape: readonly number[],
): void {
  const plate = plates[depth];
  if (plate === undefined || (depth === 0 && shape.length !== plates.length)) {
    throw new ModelError(
      "data-shape",
      label,
      `${label}: arrays nested ${shape.length} deep (${shape.join(" × ")}), for ${plates.length} ${plates.length === 1 ? "plate" : "plates"} ${describePlates(plates)}: give as many plates as levels`,
    );
  }
  if (array.length !== plate.size) throw wrongShape(array.length, plate, where, plates, label, shape);
  for (let i = 0; i < array.length; i++) {
    const entry = array[i];
    if (depth === plates.length - 1) into.push(entry);
    else if (isArray(entry)) collect(entry, plates, depth + 1, `${where}[${i}]`, into, label, shape);
    else
      throw new ModelError(
        "data-shape",
        label,
        `${label}${where}[${i}] is ${show(entry)}, not an array over ${plates[depth + 1]}`,
      );
  }
}

const REMEDY = "; if the value is missing, bind the data with real(…, [plate], { missing: true })";

function checked(flat: ArrayLike<unknown>, plates: readonly Axis[], label: string, gaps: boolean): Float64Array {
  const at = (i: number): string => `${label}${indexLabel(plates, i)}`;
  const values = new Float64Array(flat.length);
  for (let i = 0; i < flat.length; i++) {
    const entry = flat[i];
    if (gaps && (entry === null || entry === undefined || Number.isNaN(entry))) {
      values[i] = Number.NaN;
      continue;
    }
    if (typeof entry !== "number") {
      const remedy = entry === null ? REMEDY : "";
      throw new ModelError(
        "data-not-numeric",
        label,
        `${at(i)} is ${show(entry)}, not a number (indices from 1)${remedy}`,
      );
    }
    if (!Number.isFinite(entry)) {
      throw new ModelError(
        "non-finite-data",
        label,
        `${at(i)} is ${entry} (indices from 1); data must be finite numbers${Number.isNaN(entry) ? REMEDY : ""}`,
      );
    }
    if (!Number.isFinite(Math.fround(entry))) {
      throw new ModelError(
        "non-finite-data",
        label,
        `${at(i)} is ${entry} (indices from 1), beyond the range of 32-bit floats: rescale the data`,
      );
    }
    values[i] = entry;
  }
  return values;
}

const show = (x: unknown): string => (typeof x === "string" ? JSON.stringify(x) : isArray(x) ? "an array" : String(x));

function notAnArray(array: unknown, plates: readonly Axis[], label: string): ModelError {
  if (typeof array === "number") {
    return new ModelError(
      "data-shape",
      label,
      `${label}: one number, where an array over ${describeAxes(plates)} is needed; leave the plates out for a scalar`,
    );
  }
  return new ModelError("data-not-numeric", label, `${label} is ${show(array)}, not numbers`);
}

function wrongLength(length: number, plates: readonly Axis[], label: string): ModelError {
  const needed = plates.length === 1 ? `the plate ${plates[0]}` : `${describeAxes(plates)} = ${sizeOf(plates)}`;
  return new ModelError(
    "data-shape",
    label,
    `${label} has ${length} ${length === 1 ? "entry" : "entries"} and runs over ${needed}: the lengths must agree`,
  );
}

function wrongShape(
  length: number,
  plate: Axis,
  where: string,
  plates: readonly Axis[],
  label: string,
  shape: readonly number[],
): ModelError {
  const reversed = [...plates].reverse();
  const transposed = shape.length === plates.length && reversed.every((axis, i) => axis.size === shape[i]);
  const remedy = transposed ? `; give the plates in the order of the nesting: ${describePlates(reversed)}` : "";
  return new ModelError(
    "data-shape",
    label,
    `${label}${where} has ${length} entries, not one for each of the plate ${plate} (shape ${shape.join(" × ")}, plates ${describeAxes(plates)})${remedy}`,
  );
}
