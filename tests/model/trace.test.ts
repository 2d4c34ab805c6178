import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import {
  type Axis,
  bernoulli,
  beta,
  dirichlet,
  exponential,
  halfNormal,
  index,
  integer,
  math,
  model,
  normal,
  poisson,
  real,
} from "../../src/index.ts";
import { canonicalPositions, fromCanonical, toCanonical } from "../../src/model/layout.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { exampleNames, loadExample, reference } from "../support/examples.ts";

const normalLog = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI);

function at(
  traced: TracedModel,
  z: readonly number[],
  pick: (joint: ReturnType<TracedModel["at"]>) => Value,
): Float64Array {
  const point = input("z", [traced.coordinate], "parameter");
  return evaluate([pick(traced.at(point))], new Map([...traced.inputs, ["z", Float64Array.from(z)]]))[0]!;
}

/** Sites of many shapes: scalars, a matrix with its plates against their order, a simplex per row, a gather, a factor. */
const mixed = model("mixed", ({ plate, sample, observe, factor, deterministic }) => {
  const [row, column, part, item] = [plate("row", 2), plate("column", 3), plate("part", 4), plate("item", 5)];
  const scale = sample("scale", halfNormal(2));
  const b = sample("b", normal(0, scale), [column, row]);
  const share = sample("share", dirichlet(real([1, 2, 3, 4], [part]), part), [row]);
  const p = sample("p", beta(2, 3));
  const which = index([1, 3, 2, 2, 1], [item], column, { base: 1 });
  const total = deterministic("total", b.sum(row), [column]);
  const weighted = deterministic("weighted", share.mul(real([1, 2, 3, 4], [part])).sum(part));
  observe("y", normal(b.at(which), 1), real([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], [item, row])); // biome-ignore format: a table
  observe("k", poisson(math`exp(${total} / 10) * ${weighted}`), integer([[1, 2], [0, 3], [4, 1]], [column, row])); // biome-ignore format: a table
  observe("coin", bernoulli({ probs: p }), 1);
  factor("tie", math`-${total}^2`);
});

const Z = Array.from({ length: 1 + 6 + 6 + 1 }, (_, i) => Math.sin(3 * i + 1));

describe("the flat vector", () => {
  const traced = mixed.trace({});

  it("holds the sites in the order of declaration, row-major over their axes as given", () => {
    expect(traced.coordinate.size).toBe(Z.length);
    expect(traced.latents.map(({ name, start, length }) => [name, start, length])).toEqual([
      ["scale", 0, 1],
      ["b", 1, 6],
      ["share", 7, 6],
      ["p", 13, 1],
    ]);
    const b = fromCanonical(
      at(traced, Z, ({ values }) => values.get("b")!),
      traced.latents[1]!.axes,
    );
    expect(Array.from(b)).toEqual(Z.slice(1, 7));
  });

  it("names scalars as Stan does, from 1, row-major over the axes as given", () => {
    expect(traced.parameterNames.slice(0, 7)).toEqual([
      "scale",
      "b[1,1]",
      "b[1,2]",
      "b[2,1]",
      "b[2,2]",
      "b[3,1]",
      "b[3,2]",
    ]);
    expect(traced.parameterNames.slice(7, 16)).toEqual([
      ...["share[1,1]", "share[1,2]", "share[1,3]", "share[1,4]"],
      ...["share[2,1]", "share[2,2]", "share[2,3]", "share[2,4]"],
      "p",
    ]);
    expect(traced.parameterNames.slice(16)).toEqual(["total[1]", "total[2]", "total[3]", "weighted[1]", "weighted[2]"]);
  });

  it("constrains every site to its support", () => {
    const share = at(traced, Z, ({ values }) => values.get("share")!);
    for (let row = 0; row < 2; row++) {
      const entries = share.slice(4 * row, 4 * row + 4);
      expect(entries.every((x) => x > 0)).toBe(true);
      expect(entries.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
    }
    expect(at(traced, Z, ({ values }) => values.get("scale")!)[0]).toBeCloseTo(Math.exp(Z[0]!), 12);
    expect(at(traced, Z, ({ values }) => values.get("p")!)[0]).toBeCloseTo(1 / (1 + Math.exp(-Z[13]!)), 12);
  });

  it("inverts through the sites' transforms", () => {
    const point = input("z", [traced.coordinate], "parameter");
    const joint = traced.at(point);
    const back = traced.latents.map((site) => site.transform.inverse(joint.values.get(site.name)!));
    const inputs = new Map([...traced.inputs, ["z", Float64Array.from(Z)]]);
    const found = evaluate(back, inputs).flatMap((values, i) => [
      ...fromCanonical(values, traced.latents[i]!.freeAxes),
    ]);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(Z[i]!, 10);
    });
  });
});

describe("the log joint", () => {
  const traced = mixed.trace({});

  it("is the sum of its sites, priors and likelihood apart", () => {
    const site = (name: string): number => at(traced, Z, ({ sites }) => sites.get(name)!)[0]!;
    const prior = ["scale", "b", "share", "p"].map(site).reduce((a, b) => a + b);
    const likelihood = ["y", "k", "coin", "tie"].map(site).reduce((a, b) => a + b);
    expect(at(traced, Z, ({ logPrior }) => logPrior)[0]).toBeCloseTo(prior, 10);
    expect(at(traced, Z, ({ logLikelihood }) => logLikelihood)[0]).toBeCloseTo(likelihood, 10);
    expect(at(traced, Z, ({ logJoint }) => logJoint)[0]).toBeCloseTo(prior + likelihood, 10);
  });

  it("has each site's density by hand, Jacobian included", () => {
    const scale = Math.exp(Z[0]!);
    const b = (column: number, row: number): number => Z[1 + 2 * column + row]!;
    const site = (name: string): number => at(traced, Z, ({ sites }) => sites.get(name)!)[0]!;
    expect(site("scale")).toBeCloseTo(Math.LN2 + normalLog(scale, 0, 2) + Z[0]!, 10);
    let prior = 0;
    for (let i = 0; i < 6; i++) prior += normalLog(Z[1 + i]!, 0, scale);
    expect(site("b")).toBeCloseTo(prior, 10);
    const p = 1 / (1 + Math.exp(-Z[13]!));
    expect(site("p")).toBeCloseTo(Math.log(12 * p * (1 - p) ** 2) + Math.log(p * (1 - p)), 10);
    expect(site("coin")).toBeCloseTo(Math.log(p), 10);
    const which = [0, 2, 1, 1, 0];
    let y = 0;
    for (let item = 0; item < 5; item++) {
      for (let row = 0; row < 2; row++) y += normalLog(2 * item + row + 1, b(which[item]!, row), 1);
    }
    expect(site("y")).toBeCloseTo(y, 9);
    const total = [0, 1, 2].map((column) => b(column, 0) + b(column, 1));
    expect(site("tie")).toBeCloseTo(-total.reduce((sum, t) => sum + t * t, 0), 10);
    const share = at(traced, Z, ({ values }) => values.get("share")!);
    const counts = [
      [1, 2],
      [0, 3],
      [4, 1],
    ];
    const logFactorial = [0, 0, Math.log(2), Math.log(6), Math.log(24)];
    let k = 0;
    for (let row = 0; row < 2; row++) {
      const weighted = [0, 1, 2, 3].reduce((sum, part) => sum + (part + 1) * share[4 * row + part]!, 0);
      for (let column = 0; column < 3; column++) {
        const rate = Math.exp(total[column]! / 10) * weighted;
        const count = counts[column]![row]!;
        k += count * Math.log(rate) - rate - logFactorial[count]!;
      }
    }
    expect(site("k")).toBeCloseTo(k, 9);
  });

  it("with an axis of draws is each draw's log joint", async () => {
    const draws = 5;
    const models = [
      traced,
      ...(await Promise.all(
        exampleNames.map(async (name) => {
          const { model, data } = await loadExample(name);
          return model.trace(data);
        }),
      )),
    ];
    for (const each of models) {
      const draw = drawAxis(draws);
      const z = input("z", [each.coordinate, draw], "parameter");
      const joint = each.at(z);
      expect(joint.logJoint.axes).toEqual([draw]);
      const D = each.coordinate.size;
      const points = Array.from({ length: draws }, (_, s) =>
        Array.from({ length: D }, (_, i) => 0.3 * Math.sin(7 * s + i)),
      );
      const flat = Float64Array.from({ length: D * draws }, (_, i) => points[i % draws]![Math.floor(i / draws)]!);
      const batched = evaluate([joint.logJoint], new Map([...each.inputs, ["z", flat]]))[0]!;
      points.forEach((point, s) => {
        const alone = at(each, point, ({ logJoint }) => logJoint)[0]!;
        expect(Math.abs(batched[s]! - alone)).toBeLessThan(1e-11 * Math.abs(alone) + 1e-11);
      });
    }
  });

  it("is the conjugate regression's by hand", async () => {
    const { model, data } = await loadExample("conjugate-regression");
    const fields = data as unknown as Record<"kid_score" | "mom_hs" | "mom_iq", number[]>;
    const average = (x: number[]): number => x.reduce((a, b) => a + b) / x.length;
    const [hs, iq] = [average(fields.mom_hs), average(fields.mom_iq)];
    const sd = Math.sqrt(fields.mom_iq.reduce((sum, x) => sum + (x - iq) ** 2, 0) / (fields.mom_iq.length - 1));
    const traced = model.trace(data);
    const b = [86, 2, 14, -6];
    let expected = [80, 0, 0, 0].reduce((sum, loc, i) => sum + normalLog(b[i]!, loc, [50, 20, 20, 20][i]!), 0);
    fields.kid_score.forEach((score, n) => {
      const z = (fields.mom_iq[n]! - iq) / sd;
      const loc = b[0]! + b[1]! * (fields.mom_hs[n]! - hs) + b[2]! * z + b[3]! * fields.mom_hs[n]! * z;
      expected += normalLog(score, loc, 18);
    });
    expect(at(traced, b, ({ logJoint }) => logJoint)[0]).toBeCloseTo(expected, 7);
  });

  it("of the conjugate regression integrates to the reference evidence", async () => {
    // log p(y) = log p(y, b) − log p(b | y) at any b; here at the posterior mean, from the reference covariance.
    const { model, data } = await loadExample("conjugate-regression");
    const answers = reference("conjugate-regression");
    const mean = Object.values(answers.parameters).map((entry) => entry.mean);
    const joint = at(model.trace(data), mean, ({ logJoint }) => logJoint)[0]!;
    const evidence = joint + 2 * Math.log(2 * Math.PI) + 0.5 * Math.log(determinant(answers.covariance!));
    expect(evidence).toBeCloseTo(answers.logEvidence, 7);
  });
});

function determinant(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 1) return matrix[0]![0]!;
  return matrix[0]!.reduce((sum, entry, k) => {
    const minor = matrix.slice(1).map((row) => row.filter((_, j) => j !== k));
    return sum + (-1) ** k * entry * determinant(minor);
  }, 0);
}

describe("what else a trace gives", () => {
  const traced = mixed.trace({});

  it("gives observed sites' parameters for the posterior predictive", () => {
    const point = input("z", [traced.coordinate], "parameter");
    const { predictiveParameters } = traced.at(point);
    expect([...predictiveParameters.keys()]).toEqual(["y", "k", "coin"]);
    const { probs } = predictiveParameters.get("coin")!;
    const p = evaluate([probs!], new Map([...traced.inputs, ["z", Float64Array.from(Z)]]))[0]![0]!;
    expect(p).toBeCloseTo(1 / (1 + Math.exp(-Z[13]!)), 12);
    expect(Object.keys(predictiveParameters.get("y")!)).toEqual(["loc", "scale"]);
  });

  it("keeps observed axes in the order of the data", () => {
    expect(traced.observed.map((site) => site.axes.map((axis) => axis.name))).toEqual([
      ["item", "row"],
      ["column", "row"],
      [],
    ]);
  });

  it("names inputs after the fields they come from, without clashes", () => {
    const named = model("named", ({ plate, sample, observe }, data: { x: number[]; y: number[] }) => {
      const n = plate("n", data.x.length);
      const slope = sample("slope", normal(0, 1));
      const x = real(data.x, [n]);
      observe("y", normal(slope.mul(x).add(real(data.x, [n])), real([1, 2], [n])), real(data.y, [n]));
    });
    const traced = named.trace({ x: [1, 2], y: [3, 4] });
    expect([...traced.inputs.keys()].sort()).toEqual(["data", "data.x", "data.x#2", "data.y"]);
  });

  it("takes typed arrays, and data without a declared type", () => {
    const untyped = model("untyped", ({ plate, sample, observe }, data) => {
      const n = plate("n", data.y.length);
      observe("y", exponential(sample("rate", exponential(1))), real(data.y, [n]));
    });
    const z = [0.5];
    const plain = at(untyped.trace({ y: [1, 2] }), z, ({ logJoint }) => logJoint)[0]!;
    expect(plain).toBeCloseTo(3 * 0.5 - 4 * Math.exp(0.5), 12);
    for (const y of [Float32Array.of(1, 2), Float64Array.of(1, 2), Int32Array.of(1, 2), Uint8Array.of(1, 2)]) {
      expect(at(untyped.trace({ y }), z, ({ logJoint }) => logJoint)[0]).toBe(plain);
    }
  });

  it("makes models that trace again, each time with plates of their own", () => {
    const again = mixed.trace({});
    expect(again.parameterNames).toEqual(traced.parameterNames);
    expect(again.latents[1]!.axes[0]).not.toBe(traced.latents[1]!.axes[0]);
    expect([...again.inputs.keys()]).toEqual([...traced.inputs.keys()]);
  });
});

describe("layout", () => {
  it("takes any order of axes to the canonical one and back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), fc.nat(), (sizes, shuffle) => {
        let axes: Axis[] = [];
        const holder = model("axes", ({ plate, sample }) => {
          axes = sizes.map((size, i) => plate(`a${i}`, size));
          sample("x", normal(0, 1));
        });
        holder.trace({});
        const order = [...axes].sort((a, b) => ((a.order * (shuffle + 7)) % 5) - ((b.order * (shuffle + 7)) % 5));
        const size = sizes.reduce((product, n) => product * n, 1);
        const values = Float64Array.from({ length: size }, (_, i) => i);
        const canonical = toCanonical(values, order);
        expect([...canonical].sort((a, b) => a - b)).toEqual([...values]);
        expect(fromCanonical(canonical, order)).toEqual(values);
        if (order.every((axis, i) => axis === axes[i])) expect(canonicalPositions(order)).toBeNull();
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it("transposes", () => {
    const traced = model("matrix", ({ plate, sample, observe }) => {
      const [a, b] = [plate("a", 2), plate("b", 3)];
      const rows = [
        [1, 2],
        [3, 4],
        [5, 6],
      ];
      observe("y", normal(sample("mu", normal(0, 1)), 1), real(rows, [b, a]));
      observe("x", normal(0, 1), real([1, 2, 3, 4, 5, 6], [b, a]));
    }).trace({});
    for (const values of traced.inputs.values()) expect([...values]).toEqual([1, 3, 5, 2, 4, 6]);
  });
});
