import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { MathSyntaxError, ModelError } from "../../src/model/errors.ts";
import { math } from "../../src/model/math/math.ts";

const number = (value: Value, inputs: Record<string, number[]> = {}): number =>
  evaluate([value], new Map(Object.entries(inputs).map(([name, values]) => [name, Float64Array.from(values)])))[0]![0]!;

/** A formula without interpolations, as if written between backticks. */
const formula = (text: string): Value => math(Object.assign([text], { raw: [text] }));

describe("values", () => {
  it.each<[string, number]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["24 / 4 / 2", 3],
    ["2 ^ 3 ^ 2", 512],
    ["-2 ^ 2", -4],
    ["(-2) ^ 2", 4],
    ["2 ^ -1", 0.5],
    ["2 * -3", -6],
    ["- - 3", 3],
    ["1 - -1", 2],
    ["1e-3 * 2.5E2", 0.25],
    [".5 + 1.", 1.5],
    ["exp(log(3))", 3],
    ["max(2, min(5, 4)) - abs(-1)", 3],
    ["pow(2, 10)", 1024],
    ["sqrt(square(3) + 4^2)", 5],
    ["2 * pi", 2 * Math.PI],
    ["sigmoid(0) / logAddExp(0, 0)", 0.5 / Math.LN2],
    ["\n  1 +\n  2\n", 3],
    ["tan(0.7) - sin(0.7) / cos(0.7)", 0],
    ["asin(0.3) + acos(0.3)", Math.PI / 2],
    ["asin(1) + acos(-1)", 1.5 * Math.PI],
    ["atan2(1, -1)", 0.75 * Math.PI],
    ["atan2(-1, 0.5)", Math.atan2(-1, 0.5)],
    ["atan2(0, -2) + atan2(0, 2)", Math.PI],
    ["sinh(1.5)", Math.sinh(1.5)],
    ["cosh(1.5)", Math.cosh(1.5)],
    ["asinh(-2)", Math.asinh(-2)],
    ["acosh(2)", Math.acosh(2)],
    ["atanh(0.4)", Math.atanh(0.4)],
    ["log2(8) + log10(1000) + exp2(3)", 14],
    ["log1m(0.25) - log(0.75)", 0],
    ["logDiffExp(2, 1)", Math.log(Math.exp(2) - Math.E)],
    ["logMix(0.25, 0, log(3))", Math.log(2.5)],
    ["logit(0.8)", Math.log(4)],
    ["inverseCloglog(0)", 1 - 1 / Math.E],
    ["normalCdf(1.959963984540054)", 0.975],
    ["normalQuantile(0.975)", 1.959963984540054],
    ["exp(logNormalCdf(-1)) + normalCdf(1)", 1],
    ["tgamma(5)", 24],
    ["exp(logChoose(10, 3))", 120],
    ["gammaP(1, 2) + exp(-2)", 1],
    ["gammaQ(2, 3)", 4 * Math.exp(-3)],
    ["incompleteBeta(2, 1, 0.3)", 0.09],
    ["cbrt(-27) + hypot(3, 4)", 2],
    ["fdim(3, 1) + fdim(1, 3) + ceil(1.2) + trunc(-1.7)", 3],
    ["inverseSqrt(4)", 0.5],
  ])("%s = %d", (text, value) => {
    expect(number(formula(text))).toBeCloseTo(value, 12);
  });

  it("interpolates values and numbers, and broadcasts", () => {
    const group = new Axis("group", 3);
    const mu = input("mu", [], "parameter");
    const eta = input("eta", [group], "parameter");
    const theta = math`${mu} + ${2} * ${eta} / 4`;
    expect(theta.axes).toEqual([group]);
    const bound = new Map([
      ["mu", Float64Array.of(10)],
      ["eta", Float64Array.of(1, 2, 3)],
    ]);
    expect(Array.from(evaluate([theta], bound)[0]!)).toEqual([10.5, 11, 11.5]);
  });

  it("divides integers as numbers and raises negative bases to whole powers", () => {
    const n = input("n", [], "data", "i32");
    const x = input("x", [], "parameter");
    expect(number(math`${n} / 2`, { n: [3] })).toBe(1.5);
    expect(number(math`${n} ^ -1`, { n: [4] })).toBe(0.25);
    expect(number(math`exp(${n})`, { n: [1] })).toBeCloseTo(Math.E, 12);
    for (let power = -5; power <= 16; power++) {
      if (power !== 0) expect(number(math`${x} ^ ${power}`, { x: [-1.5] })).toBeCloseTo((-1.5) ** power, 8);
    }
    expect(number(math`${x} ^ 0.5`, { x: [2] })).toBeCloseTo(Math.SQRT2, 12);
  });

  it("agrees with JavaScript on random formulas", () => {
    const leaf = fc.integer({ min: 1, max: 9 }).map(String);
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.tuple(tie("tree"), fc.constantFrom("+", "-", "*", "/"), tie("tree")).map((parts) => parts.join(" ")),
        tie("tree").map((inner) => `(${inner})`),
        tie("tree").map((inner) => `-(${inner})`),
        fc.tuple(leaf, fc.integer({ min: -2, max: 3 })).map(([base, power]) => `(${base})^${power}`),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        const expected = Number(new Function(`return ${text.replaceAll("^", "**")}`)());
        fc.pre(Number.isFinite(expected));
        const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
        expect(Math.abs(number(formula(text)) - expected)).toBeLessThanOrEqual(tolerance);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe("errors", () => {
  const failure = (run: () => unknown): MathSyntaxError => {
    try {
      run();
    } catch (error) {
      if (error instanceof MathSyntaxError) return error;
      throw error;
    }
    throw new Error("no error");
  };

  it.each<[string, number, RegExp]>([
    ["1 + * 2", 4, /expected a number, a function or \$\{…\}, found "\*"/],
    ["1 +", 3, /found the end of the formula/],
    ["", 0, /found the end/],
    ["(1 + 2", 6, /expected an operator or "\)"/],
    ["1 + 2)", 5, /expected an operator or the end, found "\)"/],
    ["2 3", 2, /write products with \*/],
    ["2 ** 3", 3, /powers are written x\^y/],
    ["mu + 1", 0, /expected a function, found "mu"; interpolate it: \$\{mu\}/],
    ["Phi(2)", 0, /expected a function, found "Phi"; functions are abs, /],
    ["exp 2", 4, /expected "\(" after exp/],
    ["exp(1, 2)", 5, /exp takes one operand/],
    ["max(1)", 5, /max takes 2 operands/],
    ["1 + $", 4, /found "\$"/],
    ["1 % 2", 2, /found "%"/],
    ["toString(1)", 0, /expected a function/],
  ])("%j", (text, position, message) => {
    const error = failure(() => formula(text));
    expect(error.message).toMatch(message);
    expect(error.position).toBe(position);
    expect(error.code).toBe("math-syntax");
    const [, line, caret] = error.message.split("\n");
    expect(line!.slice(2)).toBe(text);
    expect(caret!.indexOf("^") - 2).toBe(position);
  });

  it("points into the line at fault, with interpolations numbered", () => {
    const x = input("x", [], "parameter");
    const error = failure(
      () => math`
      ${x} +
      ${x} ${2}
    `,
    );
    expect(error.message.split("\n").slice(1)).toEqual(["        $".concat("{2} $", "{3}"), "             ^"]);
    expect(error.message).toContain("write products with *");
  });

  it("refuses what is neither a value nor a number", () => {
    const array = [1, 2] as unknown as number;
    expect(() => math`1 + ${array}`).toThrow(ModelError);
    expect(() => math`1 + ${array}`).toThrow(/\$\{1\} is an array: bind it to plates first/);
    expect(() => math`1 + ${undefined as unknown as number}`).toThrow(/\$\{1\} is undefined/);
  });
});
