/** Data of the rows: the examples' own, and synthetic sets of a stated size. */
import { Random } from "./random.ts";

export interface EightSchools {
  readonly y: readonly number[];
  readonly sigma: readonly number[];
}
export interface Wells {
  readonly switched: readonly number[];
  readonly dist: readonly number[];
}
export interface Diamonds {
  readonly Y: readonly number[];
  readonly X: readonly (readonly number[])[];
}
export interface Radon {
  readonly J: number;
  readonly county_idx: readonly number[];
  readonly floor_measure: readonly number[];
  readonly log_radon: readonly number[];
}
export interface Logistic {
  readonly n: number;
  readonly d: number;
  /** Row-major, n × d. */
  readonly X: Float32Array<ArrayBuffer>;
  readonly y: Uint8Array<ArrayBuffer>;
}
export interface Mixture {
  readonly k: number;
  readonly y: Float32Array<ArrayBuffer>;
}
export interface Gaussian {
  readonly d: number;
  /** Row-major, d × d, lower triangular: the target is N(b, (AᵀA)⁻¹) in the sense that A(z − b) is standard normal. */
  readonly A: Float32Array<ArrayBuffer>;
  readonly b: Float32Array<ArrayBuffer>;
}

export interface StochasticVolatility {
  /** Returns. */
  readonly y: Float32Array<ArrayBuffer>;
}

/** Returns whose log variance goes back to −1, simulated from the model of the row. */
export function volatilityData(t: number, seed = 4): StochasticVolatility {
  const random = new Random(seed);
  const y = new Float32Array(t);
  let deviation = (0.25 / Math.sqrt(1 - 0.95 ** 2)) * random.normal();
  for (let i = 0; i < t; i++) {
    deviation = 0.95 * deviation + 0.25 * random.normal();
    y[i] = Math.exp((deviation - 1) / 2) * random.normal();
  }
  return { y };
}

export function logisticData(n: number, d: number, seed = 1): Logistic {
  const random = new Random(seed);
  const weights = random.normals(d).map((w) => w / Math.sqrt(d));
  const X = random.normals(n * d);
  const y = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let logit = 0;
    for (let j = 0; j < d; j++) logit += X[i * d + j]! * weights[j]!;
    y[i] = random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
  }
  return { n, d, X, y };
}

export function mixtureData(n: number, k: number, seed = 2): Mixture {
  const random = new Random(seed);
  const centres = Array.from({ length: k }, (_, i) => 4 * (i - (k - 1) / 2));
  const y = new Float32Array(n);
  for (let i = 0; i < n; i++) y[i] = centres[Math.floor(random.uniform() * k)]! + 0.7 * random.normal();
  return { k, y };
}

export function gaussianData(d: number, seed = 3): Gaussian {
  const random = new Random(seed);
  const A = new Float32Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) A[i * d + j] = (0.5 * random.normal()) / Math.sqrt(d);
    A[i * d + i] = 1;
  }
  return { d, A, b: random.normals(d) };
}

/** The design `times` over: the same counties, `times` as many houses. */
export function replicate(data: Radon, times: number): Radon {
  const repeat = (values: readonly number[]): number[] => Array.from({ length: times }, () => values).flat();
  return {
    J: data.J,
    county_idx: repeat(data.county_idx),
    floor_measure: repeat(data.floor_measure),
    log_radon: repeat(data.log_radon),
  };
}

/** The first `n` schools of eight, over and over. */
export function schools(data: EightSchools, n: number): EightSchools {
  const take = (values: readonly number[]): number[] => Array.from({ length: n }, (_, i) => values[i % values.length]!);
  return { y: take(data.y), sigma: take(data.sigma) };
}

export async function readJson<T>(example: string): Promise<T> {
  // In a page the harness serves the examples; in Node it hands them over.
  const given = (globalThis as { benchData?: Record<string, unknown> }).benchData?.[example];
  if (given !== undefined) return given as T;
  const response = await fetch(`/examples/${example}/data.json`);
  if (!response.ok) throw new Error(`no data for ${example}: ${response.status}`);
  return (await response.json()) as T;
}
