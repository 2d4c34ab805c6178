/** Small deterministic pseudo-random numbers for tests (mulberry32), unrelated to the engine's own generator. */
export interface RandomNumbers {
  next(): number;
  between(low: number, high: number): number;
  integer(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
  array(length: number, low: number, high: number): number[];
}

export function randomNumbers(seed: number): RandomNumbers {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + (high - low) * next();
  const integer = (low: number, high: number): number => low + Math.floor((high - low + 1) * next());
  return {
    next,
    between,
    integer,
    pick: (items) => items[integer(0, items.length - 1)]!,
    array: (length, low, high) => Array.from({ length }, () => between(low, high)),
  };
}
