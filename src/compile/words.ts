/** Numbers of the host as the words of a buffer, and back. */
import type { DType } from "../graph/value.ts";

export function toWords(values: ArrayLike<number>, dtype: DType): Uint32Array<ArrayBuffer> {
  if (dtype === "f32") return new Uint32Array(Float32Array.from(values).buffer);
  if (dtype === "i32") return new Uint32Array(Int32Array.from(values).buffer);
  return Uint32Array.from(values);
}

export function fromWords(words: Uint32Array<ArrayBuffer>, dtype: DType): Float64Array {
  if (dtype === "f32") return Float64Array.from(new Float32Array(words.buffer, words.byteOffset, words.length));
  if (dtype === "i32") return Float64Array.from(new Int32Array(words.buffer, words.byteOffset, words.length));
  return Float64Array.from(words);
}

/** Rows of equal length, one after the other. */
export function joined(rows: readonly Uint32Array<ArrayBuffer>[]): Uint32Array<ArrayBuffer> {
  if (rows.length === 1) return rows[0]!;
  const size = rows[0]?.length ?? 0;
  const all = new Uint32Array(rows.length * size);
  for (const [i, row] of rows.entries()) all.set(row, i * size);
  return all;
}
