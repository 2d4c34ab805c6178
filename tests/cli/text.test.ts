import { describe, expect, test } from "vitest";
import { elboChart } from "../../src/cli/chart.ts";
import { textTable } from "../../src/cli/table.ts";
import { decimalsFor, fixed, labelled, plusMinus, seconds, width, wrap } from "../../src/cli/text.ts";

describe("numbers", () => {
  test("as many decimals as show three figures of the sd", () => {
    expect([310, 31, 3.1, 0.31, 0.0031].map((sd) => fixed(sd, decimalsFor(sd)))).toEqual([
      "310",
      "31.0",
      "3.10",
      "0.310",
      "0.00310",
    ]);
    expect([Number.NaN, Infinity, -Infinity, -0.001, 2e12].map((x) => fixed(x, 2))).toEqual([
      "NaN",
      "∞",
      "-∞",
      "0.00",
      "2.00e+12",
    ]);
  });

  test("values with their errors, and times", () => {
    expect(plusMinus(-31.60019, 0.00253)).toBe("-31.6002 ± 0.0025");
    expect(plusMinus(-1061.5, null)).toBe("-1061.50 ± unknown");
    expect([0.034, 3.21, 42.4, 125].map(seconds)).toEqual(["0.03 s", "3.2 s", "42 s", "2 min 5 s"]);
  });
});

describe("layout", () => {
  test("lines are no longer than asked for; k̂ is one column wide", () => {
    const lines = wrap("the quick brown fox jumps over the lazy dog", 16, 2).split("\n");
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(16);
    expect(lines.slice(1).every((line) => line.startsWith("  "))).toBe(true);
    expect(
      labelled(
        [
          ["Pareto k̂", "a"],
          ["ELBO", "b"],
        ],
        40,
      ),
    ).toBe("Pareto k̂  a\nELBO      b");
  });

  test("a table is a head, a rule and aligned rows", () => {
    expect(
      textTable(
        ["", "mean"],
        [
          ["mu", "4.40"],
          ["theta[1]", "-10.25"],
        ],
      ),
    ).toBe(["            mean", "────────────────", "mu          4.40", "theta[1]  -10.25"].join("\n"));
  });
});

describe("the picture of the ELBO", () => {
  test("rises where the trace does, cuts the first steps off, skips what is not finite", () => {
    const trace = Array.from({ length: 500 }, (_, i) => -10 - 1e4 * Math.exp(-i / 4));
    trace[100] = Number.NaN;
    const lines = elboChart(trace, 90)!.split("\n");
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(90);
    expect(lines[0]).toMatch(/-10\.\d+┤.*[─╭]$/);
    expect(lines.at(-2)).toMatch(/1 +step 500$/);
    expect(lines.at(-1)).toMatch(/each point the mean of 7 steps; some lie below the picture/);
  });

  test("a flat trace is a line; one point or none is no picture", () => {
    expect(elboChart(new Float64Array(50).fill(-3), 90)).toMatch(/─{40}/);
    expect(elboChart([1], 90)).toBeNull();
    expect(elboChart([], 90)).toBeNull();
    expect(elboChart([Number.NaN, Number.NaN], 90)).toBeNull();
  });
});
