/** State space models with the states integrated out: against the joint normal of all observations, and the Nile. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { asValue, input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, momentsOf } from "./helpers.ts";

const device = await testDevice();

type Given = Readonly<Record<string, readonly number[]>>;
const bind = (given: Given) => new Map(Object.entries(given).map(([name, v]) => [name, Float64Array.from(v)]));
const at = (value: Value, given: Given): number => evaluate([value], bind(given))[0]![0]!;

const time = new Axis("time", 4);
const series = new Axis("series", 2);
const state = new Axis("state", 2);
const matrix = (name: string, ...axes: Axis[]) => input(name, axes, "parameter");
const given = {
  F: [1, 0.3, -0.4, 0.8],
  f: [1, 0.5],
  G: [0.9, 0.4, -0.2, 0.7],
  V: [0.5, 0.1, 0.1, 0.3],
  v: [0.4],
  W: [0.3, 0.05, 0.05, 0.2],
  m0: [0.5, -1],
  C0: [1.2, 0.3, 0.3, 0.8],
  y: [0.4, -1.1, 2, 0.7, -0.3, 1.5, 0.2, 0.9],
};
const parameters = {
  transition: matrix("G", state, state.prime()),
  evolutionCovariance: matrix("W", state, state.prime()),
  initialMean: matrix("m0", state),
  initialCovariance: matrix("C0", state, state.prime()),
};
const [F, f, v] = [matrix("F", series, state), matrix("f", state), matrix("v")];
const several = d.gaussianStateSpace(time, state, {
  ...parameters,
  design: F,
  observationCovariance: matrix("V", series, series.prime()),
  series,
});
const one = d.gaussianStateSpace(time, state, {
  ...parameters,
  design: f,
  observationCovariance: v,
});
const [Y, y] = [matrix("y", time, series), matrix("y", time)];

type Matrix = number[][];
const rows = (v: readonly number[], n: number): Matrix =>
  Array.from({ length: v.length / n }, (_, i) => v.slice(i * n, (i + 1) * n) as number[]);
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + b[i]![j]!));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));

/** Mean and covariance of all observations, from cov(θ_s, θ_t) = cov(θ_s) (G^{t−s})ᵀ. */
function joint(F: Matrix, V: Matrix): { mean: number[]; covariance: Matrix } {
  const [G, W] = [rows(given.G, 2), rows(given.W, 2)];
  const r = F.length;
  const mean: number[] = [];
  const covariance: Matrix = Array.from({ length: 4 * r }, () => new Array<number>(4 * r).fill(0));
  let m = rows(given.m0, 1);
  let C = rows(given.C0, 2);
  for (let s = 0; s < 4; s++) {
    m = times(G, m);
    C = plus(times(times(G, C), transposed(G)), W);
    mean.push(...times(F, m).flat());
    let onward = C;
    for (let t = s; t < 4; t++) {
      const block = times(times(F, onward), transposed(F));
      for (let i = 0; i < r; i++) {
        for (let j = 0; j < r; j++) {
          const entry = block[i]![j]! + (s === t ? V[i]![j]! : 0);
          covariance[s * r + i]![t * r + j] = entry;
          covariance[t * r + j]![s * r + i] = entry;
        }
      }
      onward = times(onward, transposed(G));
    }
  }
  return { mean, covariance };
}

/** log N(x | mean, covariance) by Gaussian elimination. */
function logNormal(x: readonly number[], { mean, covariance }: ReturnType<typeof joint>): number {
  const error = x.map((value, i) => value - mean[i]!);
  const A = covariance.map((row, i) => [...row, error[i]!]);
  let logDeterminant = 0;
  let distance = 0;
  for (let k = 0; k < A.length; k++) {
    logDeterminant += Math.log(A[k]![k]!);
    distance += A[k]!.at(-1)! ** 2 / A[k]![k]!;
    for (let i = k + 1; i < A.length; i++) {
      const factor = A[i]![k]! / A[k]![k]!;
      for (let j = k; j < A[i]!.length; j++) A[i]![j]! -= factor * A[k]![j]!;
    }
  }
  return -0.5 * (x.length * Math.log(2 * Math.PI) + logDeterminant + distance);
}

test("the filter's likelihood is the joint normal density of the observations", () => {
  expect(at(several.logProb(Y), given)).toBeCloseTo(logNormal(given.y, joint(rows(given.F, 2), rows(given.V, 2))), 12);
  const short = { ...given, y: given.y.slice(0, 4) };
  expect(at(one.logProb(y), short)).toBeCloseTo(logNormal(short.y, joint([given.f], [given.v])), 12);
});

test("gradients are those of differences, and the GPU agrees", async () => {
  const all = Object.values(parameters);
  const short = { ...given, y: given.y.slice(0, 4) };
  expectGradient(one.logProb(y), [...all, f, v, y], short);
  const whole = several.logProb(Y);
  expectGradient(whole, [parameters.transition, parameters.initialMean, F, Y], given);
  await expectAgreement(device, scheduleOptionsFor(device), "several series", [whole], bind(given));
  await expectAgreement(device, scheduleOptionsFor(device), "one series", [one.logProb(y)], bind(short));
});

test("the local level of the Nile: the exact log evidence", async () => {
  const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));
  const { flow } = read("examples/local-level/data.json");
  const year = new Axis("year", flow.length);
  const level = new Axis("level", 1);
  const square = (value: number) => expand(asValue(value), [level, level.prime()]);
  const data = input("y", [year], "data");
  // The first level is normal(1000, 300); the start lies one step of variance 1469.1 before it.
  const density = d
    .gaussianStateSpace(year, level, {
      design: expand(asValue(1), [level]),
      transition: square(1),
      observationCovariance: 15099,
      evolutionCovariance: square(1469.1),
      initialMean: 1000,
      initialCovariance: square(90000 - 1469.1),
    })
    .logProb(data);
  const { log_evidence } = read("tests/reference/local-level.json").nile;
  expect(at(density, { y: flow })).toBeCloseTo(log_evidence, 9);
  await expectAgreement(device, scheduleOptionsFor(device), "Nile", [density], bind({ y: flow }));
});

test("draws have the moments of the joint normal, within 5 standard errors", () => {
  const { mean, covariance } = joint(rows(given.F, 2), rows(given.V, 2));
  const random = hostRandom(3);
  const values = {
    design: given.F,
    transition: given.G,
    observationCovariance: given.V,
    evolutionCovariance: given.W,
    initialMean: given.m0,
    initialCovariance: given.C0,
  };
  const draws = Array.from({ length: 20000 }, () => several.sample(values, random) as number[]);
  for (const [i, j] of [
    [0, 0],
    [1, 4],
    [7, 7],
    [6, 7],
  ] as const) {
    const products = momentsOf(draws.map((draw) => (draw[i]! - mean[i]!) * (draw[j]! - mean[j]!)));
    expect(Math.abs(products.mean - covariance[i]![j]!)).toBeLessThan(5 * products.standardError);
    const center = momentsOf(draws.map((draw) => draw[i]!));
    expect(Math.abs(center.mean - mean[i]!)).toBeLessThan(5 * center.standardError);
  }
});

test("a parameter without its axis, and a start along time, are refused by name", () => {
  const options = { ...parameters, design: f, observationCovariance: 1 };
  expect(() => d.gaussianStateSpace(time, state, { ...options, transition: f })).toThrow(
    /gaussianStateSpace: transition must run over "state′"/,
  );
  expect(() => d.gaussianStateSpace(time, state, { ...options, initialMean: y })).toThrow(
    /initialMean belongs to the start and cannot run over "time"/,
  );
});
