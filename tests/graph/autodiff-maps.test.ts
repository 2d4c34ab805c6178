import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import * as g from "../../src/graph/ops.ts";
import { type BinaryName, constant, type TernaryName, type UnaryName, type Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { randomNumbers } from "../support/numbers.ts";

const i = new Axis("i", 3);
const j = new Axis("j", 2);
const draw = drawAxis(4);
const random = randomNumbers(20);

const evaluateAt = (values: readonly Value[], inputs: Record<string, readonly number[]>): number[][] =>
  evaluate(values, new Map(Object.entries(inputs).map(([name, array]) => [name, Float64Array.from(array)]))).map(
    (array) => [...array],
  );

/** The interval points are drawn from; away from kinks and poles. */
const UNARY: Partial<Record<UnaryName, readonly [number, number][]>> = {
  neg: [[-2, 2]],
  abs: [
    [-2, -0.1],
    [0.1, 2],
  ],
  sign: [[0.1, 2]],
  floor: [[0.1, 0.9]],
  round: [[0.6, 1.4]],
  exp: [[-3, 3]],
  log: [[0.1, 5]],
  log1p: [[-0.8, 5]],
  expm1: [[-3, 3]],
  sqrt: [[0.1, 5]],
  square: [[-2, 2]],
  reciprocal: [
    [-2, -0.2],
    [0.2, 2],
  ],
  sin: [[-4, 4]],
  cos: [[-4, 4]],
  atan: [[-4, 4]],
  tanh: [[-3, 3]],
  sigmoid: [[-6, 6]],
  logSigmoid: [[-6, 6]],
  softplus: [[-6, 6]],
  erf: [[-2.5, 2.5]],
  erfc: [[-2.5, 2.5]],
  erfinv: [[-0.95, 0.95]],
  lgamma: [
    [0.1, 3],
    [3, 30],
  ],
  digamma: [[0.2, 10]],
  logFactorial: [[0, 20]],
  logNormalCdf: [[-6, 6]],
  inverseMills: [[-6, 6]],
  log1mExp: [[-5, -0.1]],
  logBesselI0: [[-8, 8]],
  besselRatio: [[-8, 8]],
};

const BINARY: Partial<Record<BinaryName, readonly [number, number, number, number][]>> = {
  add: [[-2, 2, -2, 2]],
  sub: [[-2, 2, -2, 2]],
  mul: [[-2, 2, -2, 2]],
  div: [
    [-2, 2, 0.2, 2],
    [-2, 2, -2, -0.2],
  ],
  pow: [[0.2, 3, -2, 3]],
  min: [[-2, 2, -2, 2]],
  max: [[-2, 2, -2, 2]],
  mod: [[6.2, 6.8, 2.9, 3.05]],
  logBeta: [[0.2, 8, 0.2, 8]],
  logAddExp: [[-4, 4, -4, 4]],
  logGammaP: [[0.3, 8, 0.1, 12]],
  logGammaQ: [[0.3, 8, 0.1, 12]],
  logGammaKernel: [[0.3, 8, 0.1, 12]],
};

const TERNARY: readonly TernaryName[] = ["logIncompleteBeta", "logBetaKernel"];

describe("every unary map", () => {
  for (const [name, ranges] of Object.entries(UNARY)) {
    test(name, () => {
      for (const [low, high] of ranges) {
        const x = g.input("x", [i, draw], "parameter");
        expectGradient(g.unary(name as UnaryName, x), [x], { x: random.array(12, low, high) });
      }
    });
  }
});

describe("every binary map", () => {
  for (const [name, ranges] of Object.entries(BINARY)) {
    for (const [left, right] of [
      [[i], [i]],
      [[], [i, draw]],
      [[i, draw], [j]],
    ] as const) {
      test(`${name}, ${left.length} against ${right.length} axes`, () => {
        for (const [a0, a1, b0, b1] of ranges) {
          const a = g.input("a", left, "parameter");
          const b = g.input("b", right, "parameter");
          const inputs = { a: random.array(a.size, a0, a1), b: random.array(b.size, b0, b1) };
          expectGradient(g.binary(name as BinaryName, a, b), [a, b], inputs);
        }
      });
    }
  }

  test("an operand met twice", () => {
    const x = g.input("x", [i], "parameter");
    const inputs = { x: [0.5, 1.5, 2.5] };
    for (const name of ["add", "sub", "mul", "div", "pow"] as const) expectGradient(g.binary(name, x, x), [x], inputs);
  });
});

describe("every ternary map", () => {
  test.each(TERNARY)("%s", (name) => {
    const a = g.input("a", [i], "parameter");
    const b = g.input("b", [], "parameter");
    const x = g.input("x", [j, draw], "parameter");
    const inputs = {
      a: random.array(3, 0.3, 6),
      b: random.array(1, 0.3, 6),
      x: random.array(8, 0.05, 0.95),
    };
    expectGradient(g.ternary(name, a, b, x), [a, b, x], inputs);
    // An operand met thrice.
    const y = g.input("y", [i], "parameter");
    expectGradient(g.ternary(name, y, y, y), [y], { y: [0.3, 0.5, 0.8] });
  });
});

describe("care at the edges", () => {
  const x = g.input("x", [], "parameter");
  const y = g.input("y", [], "parameter");
  const at = (value: Value, inputs: Record<string, number[]>) =>
    evaluateAt(gradient(value, [x, y]), inputs).map((array) => array[0]);

  test("powers of zero", () => {
    expect(at(g.pow(x, y), { x: [0], y: [2] })).toEqual([0, 0]);
    expect(at(g.pow(x, y), { x: [0], y: [1] })).toEqual([1, 0]);
    expect(at(g.pow(x, y), { x: [0], y: [0] })[0]).toBe(0);
    for (const exponent of [0, 1, 2, 3]) {
      expect(at(g.pow(x, exponent), { x: [0], y: [0] })[0]).toBe(exponent === 1 ? 1 : 0);
      expect(at(g.pow(x, exponent), { x: [-2], y: [0] })[0]).toBe(exponent * (-2) ** (exponent - 1) + 0);
    }
  });

  test("ties of min and max share", () => {
    expect(at(g.max(x, y), { x: [1], y: [1] })).toEqual([0.5, 0.5]);
    expect(at(g.min(x, y), { x: [1], y: [1] })).toEqual([0.5, 0.5]);
    expect(at(g.max(x, y), { x: [1], y: [2] })).toEqual([0, 1]);
  });

  test("log-add-exp of infinities", () => {
    const inf = Number.POSITIVE_INFINITY;
    expect(at(g.logAddExp(x, y), { x: [-inf], y: [0] })).toEqual([0, 1]);
    expect(at(g.logAddExp(x, y), { x: [-inf], y: [-inf] })).toEqual([0.5, 0.5]);
  });

  test("the branch not taken contributes zero, never 0·∞", () => {
    const safe = g.select(g.gt(x, 0), g.log(x).mul(g.sqrt(x)), y);
    expect(at(safe, { x: [0], y: [3] })).toEqual([0, 1]);
    expect(at(safe, { x: [1], y: [3] })).toEqual([1, 0]);
    expect(at(g.select(g.gt(x, 0), y, g.reciprocal(x)), { x: [0], y: [3] })[1]).toBe(0);
  });

  test("no derivative through stop, comparisons, integers and rounding", () => {
    const inputs = { x: [1.3], y: [2] };
    expect(at(g.stopGradient(x).mul(y), inputs)).toEqual([0, 1.3]);
    expect(at(g.castF32(g.castI32(x)).mul(y), inputs)).toEqual([0, 1]);
    expect(at(g.castF32(g.lt(x, y)), inputs)).toEqual([0, 0]);
    expect(at(g.floor(x).add(g.sign(y)), inputs)).toEqual([0, 0]);
    expect(gradient(constant(3), [x])[0]!.op).toEqual({ kind: "constant", value: 0 });
  });

  test("trigamma's derivative is refused", () => {
    expect(() => gradient(g.trigamma(x), [x])).toThrow(GraphError);
    expect(() => gradient(g.trigamma(x), [y])).not.toThrow();
  });

  test("second derivatives of incomplete functions in their shapes are refused", () => {
    const [byShape] = gradient(g.logGammaP(x, y), [x]) as [Value];
    expect(() => gradient(byShape, [x])).toThrow("logGammaPByShape: its derivative is not implemented");
    const [byFirst] = gradient(g.logIncompleteBeta(x, y, 0.5), [x]) as [Value];
    expect(() => gradient(byFirst, [y])).toThrow(GraphError);
    const [byEnd] = gradient(g.logIncompleteBeta(2, 3, x), [x]) as [Value];
    expectGradient(byEnd, [x], { x: [0.4] });
  });

  test("second derivatives", () => {
    const [first] = gradient(g.tanh(x.mul(x)), [x]) as [Value];
    expectGradient(first, [x], { x: [0.7] });
    const [lgammaFirst] = gradient(g.lgamma(x), [x]) as [Value];
    expectGradient(lgammaFirst, [x], { x: [2.3] });
  });
});
