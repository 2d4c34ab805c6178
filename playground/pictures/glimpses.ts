/** The policy and the classifier of examples/hard-attention-digits, evaluated in the page: its networks are small. */
import type { Data } from "../example.ts";
import { type Learned, layer } from "../learned.ts";

export const CANVAS = 42;
export const GLIMPSE = 14;
/** Places to a side. */
export const PLACES = 5;
const STRIDE = 7;
const BLOCK = 6;
const COPIES = 4;
/** Canvases from here on are kept back. */
const KEPT_BACK = 16_000;

export interface Canvas {
  readonly label: number;
  /** Ink of the cells, row by row, 0 or 1. */
  readonly ink: Uint8Array;
}

/** Upper left corner of the glimpse of a place. */
export const cornerOf = (place: number): readonly [row: number, column: number] => [
  STRIDE * Math.floor(place / PLACES),
  STRIDE * (place % PLACES),
];

/** Canvases that were kept back, from 0. */
export function canvasesOf(data: Data): { readonly count: number; at(n: number): Canvas } {
  const [pixels, corners, labels] = [atob(String(data.pixels)), atob(String(data.corners)), String(data.labels)];
  return {
    count: corners.length / 2 - KEPT_BACK,
    at(n) {
      const digit = Math.floor((KEPT_BACK + n) / COPIES);
      const corner = 2 * (KEPT_BACK + n);
      const ink = new Uint8Array(CANVAS * CANVAS);
      for (let p = 0; p < GLIMPSE * GLIMPSE; p++) {
        const bit = digit * GLIMPSE * GLIMPSE + p;
        const row = corners.charCodeAt(corner) + Math.floor(p / GLIMPSE);
        const column = corners.charCodeAt(corner + 1) + (p % GLIMPSE);
        ink[row * CANVAS + column] = (pixels.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1;
      }
      return { label: Number(labels[digit]), ink };
    },
  };
}

const relu = (x: number): number => Math.max(x, 0);

function softmax(logits: Float32Array): Float64Array {
  const largest = Math.max(...logits);
  const weights = Float64Array.from(logits, (x) => Math.exp(x - largest));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((x) => x / total);
}

/** Probabilities of the places, from how much ink is in each block. */
export function policyOf(learned: Learned, { ink }: Canvas): Float64Array {
  const side = CANVAS / BLOCK;
  const blocks = new Float64Array(side * side);
  for (const [cell, x] of ink.entries()) {
    const block = side * Math.floor(cell / CANVAS / BLOCK) + Math.floor((cell % CANVAS) / BLOCK);
    blocks[block]! += x / (BLOCK * BLOCK);
  }
  return softmax(layer(learned, "policy.2", layer(learned, "policy.1", blocks).map(relu)));
}

/** Probabilities of the ten digits, from the glimpse of a place. */
export function classesOf(learned: Learned, { ink }: Canvas, place: number): Float64Array {
  const [row, column] = cornerOf(place);
  const glimpse = Float64Array.from({ length: GLIMPSE * GLIMPSE }, (_, p) => {
    return ink[(row + Math.floor(p / GLIMPSE)) * CANVAS + column + (p % GLIMPSE)]!;
  });
  return softmax(layer(learned, "class.2", layer(learned, "class.1", glimpse).map(relu)));
}

/** Position of the largest. */
export const largestOf = (values: Float64Array): number => values.indexOf(Math.max(...values));
