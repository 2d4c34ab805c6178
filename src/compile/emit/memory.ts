/** How kernels reach stored values. */
import type { Axis } from "../../graph/axis.ts";
import type { DType, Value } from "../../graph/value.ts";
import type { Needs } from "./maps.ts";

/** Where a value lives: in scalar words, or four draws at a time. */
export interface Place {
  /** WGSL variables that hold it end to end, with their extents in words: several where no one binding is enough. */
  readonly banks: readonly { readonly variable: string; readonly words: number }[];
  /** Into the first bank, in words for scalar places and in vec4s for vector places. */
  readonly offset: number;
  /** From the array of one fit to that of the next, in the unit of the offset; 0 where there is but one. */
  readonly stride: number;
  /** A vector place is array<vec4<f32>>, the lanes being neighbouring draws; bools are 0 or 1 there. */
  readonly vector: boolean;
  /** The kernel sees this scalar place as array<vec4<u32>>, to load and store four neighbouring words at a time. */
  readonly wide: boolean;
}

export interface Memory {
  /** The place of a stored value, or undefined where the value is to be computed where it is needed. */
  placeOf(value: Value): Place | undefined;
  /** The CSR inverse of an index over data: the first row of each group, and the rows in group order. */
  csrOf(index: Value, out: Axis): { readonly starts: Place; readonly rows: Place };
}

/** The position in a place's first variable; in a program of many fits `fit` is the number of the thread's own. */
export function position(index: string, { offset, stride }: Pick<Place, "offset" | "stride">): string {
  const parts = [index];
  if (stride !== 0) parts.push(`fit * ${stride}`);
  if (offset !== 0) parts.push(`${offset}`);
  return parts.join(" + ");
}

/** One element, whatever the place; `index` is the linear index in canonical layout. */
export function loadElement(place: Place, index: string, dtype: DType, needs: Needs): string {
  if (place.vector) {
    const text = `${place.banks[0]!.variable}[${position(`(${index}) / 4`, place)}][(${index}) % 4]`;
    return dtype === "bool" ? `(${text} != 0.0f)` : text;
  }
  if (place.banks.length === 1) return decode(wordAt(place, index), dtype);
  const name = `load_${place.banks.map((bank) => bank.variable).join("_")}`;
  let before = 0;
  const arms = place.banks.map(({ variable, words }) => {
    const arm = `if (i < ${before + words}) { return ${variable}[i - ${before}]; }`;
    before += words;
    return arm;
  });
  needs.wrappers.add(`fn ${name}(i: i32) -> u32 { ${arms.join(" ")} return 0u; }`);
  return decode(`${name}(${position(index, place)})`, dtype);
}

/**
 * The word of a scalar place. WGSL lets a store to a vector's component touch the whole vector, so that threads which store to
 * neighbouring words could undo each other's work; the SPIR-V that software adapters get stores the word alone. Hence
 * `ScheduleOptions.smallestWide` and `smallestQuads` are for these.
 */
export function wordAt(place: Place, index: string): string {
  const variable = place.banks[0]!.variable;
  if (!place.wide) return `${variable}[${position(index, place)}]`;
  const at = position(index, place);
  return `${variable}[(${at}) >> 2u][(${at}) & 3]`;
}

/** Four words of a wide place that begin at a multiple of four; `index` counts groups of four. */
const wordsAt = ({ banks, offset, stride }: Place, index: string): string =>
  `${banks[0]!.variable}[${position(index, { offset: offset / 4, stride: stride / 4 })}]`;

/** Four neighbours along the last axis; `index` counts groups of four. */
export function loadLanes(place: Place, index: string, dtype: DType, needs: Needs): string {
  if (place.vector) {
    const text = `${place.banks[0]!.variable}[${position(index, place)}]`;
    return dtype === "bool" ? `(${text} != vec4<f32>(0.0f))` : text;
  }
  if (place.wide) {
    const words = wordsAt(place, index);
    return dtype === "bool" ? `(${words} != vec4<u32>(0u))` : `bitcast<vec4<${dtype}>>(${words})`;
  }
  const words = [0, 1, 2, 3].map((lane) => loadElement(place, `4 * (${index}) + ${lane}`, dtype, needs));
  return `vec4<${dtype}>(${words.join(", ")})`;
}

export function storeElement(place: Place, index: string, text: string, dtype: DType): string {
  const variable = place.banks[0]!.variable;
  if (place.vector) {
    const value = dtype === "bool" ? `f32(${text})` : text;
    return `${variable}[${position(`(${index}) / 4`, place)}][(${index}) % 4] = ${value};`;
  }
  return `${wordAt(place, index)} = ${encode(text, dtype)};`;
}

export function storeLanes(place: Place, index: string, text: string, dtype: DType): string {
  if (place.vector) {
    const value = dtype === "bool" ? `vec4<f32>(${text})` : text;
    return `${place.banks[0]!.variable}[${position(index, place)}] = ${value};`;
  }
  if (place.wide) {
    const words = dtype === "bool" ? `select(vec4<u32>(0u), vec4<u32>(1u), ${text})` : `bitcast<vec4<u32>>(${text})`;
    return `${wordsAt(place, index)} = ${words};`;
  }
  const words = ["x", "y", "z", "w"].map((lane, i) =>
    storeElement(place, `4 * (${index}) + ${i}`, `${text}.${lane}`, dtype),
  );
  return words.join(" ");
}

function decode(word: string, dtype: DType): string {
  if (dtype === "u32") return word;
  return dtype === "bool" ? `(${word} != 0u)` : `bitcast<${dtype}>(${word})`;
}

function encode(text: string, dtype: DType): string {
  if (dtype === "u32") return text;
  return dtype === "bool" ? `select(0u, 1u, ${text})` : `bitcast<u32>(${text})`;
}
