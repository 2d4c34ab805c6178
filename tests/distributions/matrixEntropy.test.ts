/** Entropies and divergences of families over vectors and matrices, against means of log densities over exact draws. */
import { expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { hostRandom, momentsOf } from "./helpers.ts";

const row = new Axis("row", 2);
const column = row.prime();
const draws = 20000;
const draw = drawAxis(draws);
const [A, B] = [input("A", [row, column], "data"), input("B", [row, column], "data")];
const FACTORS = { A: [1.2, 0, -0.5, 0.8], B: [0.9, 0, 0.3, 1.1] };
const scale = (scaleTril: Value) => ({ scaleTril, row, column });

type Make = (df: number, scale: d.CholeskyScale) => d.Distribution;
const cases: readonly (readonly [string, Make, number, number])[] = [
  ["multivariateStudentT", (df, by) => d.multivariateStudentT(df, 0.5, by), 3, 5],
  ["wishart", d.wishart, 4.5, 6],
  ["wishartCholesky", d.wishartCholesky, 4.5, 6],
  ["inverseWishart", d.inverseWishart, 5, 7.5],
  ["inverseWishartCholesky", d.inverseWishartCholesky, 5, 7.5],
];

test.each(cases)("%s, within 5 standard errors", (_, make, dfQ, dfP) => {
  const [q, p] = [make(dfQ, scale(A)), make(dfP, scale(B))];
  const random = hostRandom(8);
  const events = q.eventAxes.length === 1 ? 2 : 4;
  const X = new Float64Array(events * draws);
  for (let s = 0; s < draws; s++) {
    const entries = q.sample({ df: dfQ, loc: 0.5, scaleTril: FACTORS.A }, random) as number[];
    for (const [i, entry] of entries.entries()) X[i * draws + s] = entry;
  }
  const x = input("x", [...q.eventAxes, draw], "data");
  const given = new Map(Object.entries({ x: X, A: Float64Array.from(FACTORS.A), B: Float64Array.from(FACTORS.B) }));
  const [logQ, logP] = evaluate([q.logProb(x), p.logProb(x)], given);
  const exact = (value: Value | null | undefined): number | undefined =>
    value ? evaluate([value], given)[0]![0] : undefined;
  const [entropy, divergence] = [exact(q.entropy?.()), exact(d.klDivergence(q, p))];
  expect([entropy, divergence].filter((value) => value !== undefined).length).toBeGreaterThan(0);
  const check = (found: number | undefined, terms: number[]) => {
    const { mean, standardError } = momentsOf(terms);
    if (found !== undefined) expect(Math.abs(found - mean)).toBeLessThan(5 * standardError);
  };
  check(
    entropy,
    Array.from(logQ!, (l) => -l),
  );
  check(
    divergence,
    Array.from(logQ!, (l, s) => l - logP![s]!),
  );
  if (divergence !== undefined) expect(exact(d.klDivergence(q, q))).toBeCloseTo(0, 12);
});
