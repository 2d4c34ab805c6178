/** Planned floating-point operations of one evaluation of a node: a rough scale for schedules, not a measurement. */
import type { MapName, Value } from "../graph/value.ts";

const MAP_COST: Record<string, number> = {
  div: 4,
  reciprocal: 4,
  sqrt: 4,
  exp: 12,
  log: 14,
  log1p: 16,
  expm1: 16,
  logAddExp: 28,
  sin: 20,
  cos: 20,
  atan: 20,
  tanh: 18,
  sigmoid: 16,
  logSigmoid: 28,
  softplus: 28,
  erf: 24,
  erfc: 28,
  erfinv: 30,
  pow: 32,
  lgamma: 50,
  digamma: 40,
  trigamma: 40,
  logFactorial: 50,
  logBeta: 120,
  logGammaP: 800,
  logGammaQ: 800,
  logGammaPByShape: 800,
  logGammaQByShape: 800,
  logGammaDrawByShape: 800,
  logGammaKernel: 60,
  logIncompleteBeta: 1500,
  logIncompleteBetaByFirst: 1500,
  logIncompleteBetaBySecond: 1500,
  logBetaKernel: 200,
  logNormalCdf: 60,
  inverseMills: 50,
  log1mExp: 60,
  logBesselI0: 110,
  besselRatio: 90,
};

export const mapCost = (name: MapName): number => MAP_COST[name] ?? 1;

const RANDOM_COST = 110;

export function nodeCost(value: Value): number {
  switch (value.op.kind) {
    case "map":
      return mapCost(value.op.name);
    case "random":
      return RANDOM_COST;
    case "reduce":
    case "segment":
      return 1;
    // Per entry of the matrix: n/3 of the n³/3 multiply-adds.
    case "cholesky":
      return Math.ceil((2 * value.op.row.size) / 3);
    default:
      return 0;
  }
}

/**
 * From this cost on the text of a leaf is never copied: drivers inline every call, and copies of code with branches take
 * long to compile (SwiftShader: eight of pow in a row more than a minute, in loops a quarter of a second). Lanes go one
 * by one through a single call, and programs with such leaves keep their loops.
 */
const COSTLY = 32;
export const isCostly = (name: MapName): boolean => mapCost(name) >= COSTLY;

/** True for nodes worth a store rather than a second evaluation. */
export const isExpensive = (value: Value): boolean => nodeCost(value) >= 4;
