import { csvParse } from "d3-dsv";
import { describe, expect, it } from "vitest";
import {
  bernoulli,
  binomial,
  categorical,
  dirichlet,
  halfNormal,
  multivariateNormal,
  negativeBinomial,
  normal,
  poisson,
} from "../../src/distributions/index.ts";
import { constant, exp } from "../../src/graph/ops.ts";
import { integer, real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { checked, diagonalGuide, fitted } from "./support.ts";

const few = { check: { batches: 1, drawsPerBatch: 3000, evidenceDraws: 1000, summaryDraws: 2000 } };

/** A 2 × 3 site whose axes the user gave against the order of creation, a positive scalar and a simplex. */
const shapes = model<{ y: number[] }>("shapes", ({ plate, sample, deterministic, observe }, data) => {
  const column = plate("column", 3);
  const row = plate("row", 2);
  const n = plate("n", data.y.length);
  const b = sample("b", normal(0, 10), [row, column]);
  const tau = sample("tau", halfNormal(0, 5));
  const w = sample("w", dirichlet(2, column));
  deterministic("total", b.sum(column));
  deterministic("c", b.mul(tau), [row, column]);
  deterministic("fixed", constant(7));
  observe("y", normal(w.mul(b).sum(column, row), tau), real(data.y, [n]));
});

describe("names, shapes and exports", async () => {
  const traced = shapes.trace({ y: [1, 2] });
  // b over (row, column) row-major from the start of the flat vector, then log tau, then two free coordinates of w.
  const loc = [11, 12, 13, 21, 22, 23, Math.log(2), 0, 0];
  const sd = [1, 1, 1, 1, 1, 1, 1, 1, 1].map((x) => x * 0.01);
  const posterior = await checked(traced, loc, sd, {}, few);

  it("scalars are named in the user's order and hold the right entries", () => {
    const summary = posterior.summary();
    expect([...summary.rows.keys()]).toEqual([...traced.parameterNames]);
    expect([...summary.rows.keys()].slice(0, 7)).toEqual([
      "b[1,1]",
      "b[1,2]",
      "b[1,3]",
      "b[2,1]",
      "b[2,2]",
      "b[2,3]",
      "tau",
    ]);
    for (const row of [1, 2]) {
      for (const column of [1, 2, 3]) {
        expect(summary.get(`b[${row},${column}]`).mean).toBeCloseTo(10 * row + column, 2);
        expect(summary.get(`c[${row},${column}]`).mean / 2).toBeCloseTo(10 * row + column, 0);
      }
    }
    expect(summary.get("tau").mean).toBeCloseTo(2, 2);
    expect(summary.get("total[1]").mean).toBeCloseTo(36, 1);
    expect(summary.get("total[2]").mean).toBeCloseTo(66, 1);
    for (const k of [1, 2, 3]) expect(summary.get(`w[${k}]`).mean).toBeCloseTo(1 / 3, 2);
    expect(summary.get("fixed")).toMatchObject({ mean: 7, sd: 0 });
    expect(() => summary.get("theta")).toThrow(RangeError);
  });

  it("a summary with other quantiles and sites", async () => {
    const summary = await posterior.summarize({ quantiles: [0.025, 0.5], sites: ["tau", "b"], draws: 500 });
    expect(summary.columns).toEqual(["q2.5", "q50"]);
    expect(summary.rows.size).toBe(7);
    const { mean, sd, quantiles } = summary.get("b[2,1]");
    expect(mean).toBeCloseTo(21, 2);
    expect(sd).toBeCloseTo(0.01, 3);
    expect(quantiles["q2.5"]).toBeCloseTo(21 - 0.0196, 2);
  });

  it("the table lines up and shows three figures of each sd", () => {
    const lines = String(posterior.summary()).split("\n");
    expect(lines[0]).toMatch(/^ +mean +sd +q05 +q50 +q95$/);
    expect(lines).toHaveLength(1 + traced.parameterNames.length);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[1]).toMatch(/^b\[1,1\] +11\.00\d\d +0\.0(0\d\d\d|10\d+)/);
  });

  it("CSV has Stan's column names and the draws of sample()", async () => {
    const text = await posterior.toCSV({ draws: 5 });
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    expect(comments).toContain("# model = shapes");
    const rows = csvParse(text.replace(/^#.*\n/gm, ""));
    expect(rows.columns.slice(0, 10)).toEqual([
      "lp_approx__",
      "lp__",
      "b.1.1",
      "b.1.2",
      "b.1.3",
      "b.2.1",
      "b.2.2",
      "b.2.3",
      "tau",
      "w.1",
    ]);
    expect(rows).toHaveLength(5);
    const { draws, names, logJoint } = await posterior.sample(5);
    expect(rows.map((row) => Number(row["b.2.3"]))).toEqual(
      [0, 1, 2, 3, 4].map((i) => draws[i * names.length + names.indexOf("b[2,3]")]),
    );
    expect(rows.map((row) => Number(row.lp__))).toEqual([...logJoint]);
  });

  it("JSON is the object of fit --json", () => {
    const json = JSON.parse(JSON.stringify(posterior));
    expect(Object.keys(json)).toEqual([
      "model",
      "device",
      "guide",
      "seed",
      "steps",
      "stopped",
      "verdict",
      "reasons",
      "elbo",
      "objective",
      "evidence",
      "khat",
      "nonFinite",
      "seconds",
      "parameters",
    ]);
    expect(json).toMatchObject({
      model: "shapes",
      device: { kind: "cpu" },
      guide: "mean-field",
      seed: 11,
      steps: 100,
      stopped: "converged",
      verdict: "unreliable",
      nonFinite: 0,
      elbo: { forms: { kl: null } },
    });
    expect(Object.keys(json.parameters)).toEqual([...traced.parameterNames]);
    expect(Object.keys(json.parameters["b[1,2]"])).toEqual(["mean", "sd", "q05", "q50", "q95"]);
    expect(json.elbo.value).toBeTypeOf("number");
    expect(json.evidence.value).toBeTypeOf("number");
  });

  it("the diagnosis prints verdict, bound, evidence, k̂ and reasons", () => {
    const text = String(posterior.diagnose());
    for (const part of ["verdict", "unreliable", "ELBO", "log evidence", "Pareto k̂", "- "])
      expect(text).toContain(part);
  });
});

describe("the posterior predictive of each kind of family", async () => {
  // Everything hangs on u, which q knows exactly, so that the families' own moments are what is seen.
  const kinds = model("kinds", ({ plate, sample, observe }) => {
    const row = plate("row", 2);
    const n = plate("n", 4);
    const klass = plate("class", 3);
    const k = plate("k", 2);
    const u = sample("u", normal(0, 1), [row]);
    const zeros = real([0, 0], [k]);
    observe(
      "counts",
      poisson(exp(u)),
      integer(
        [
          [1, 1, 1, 1],
          [1, 1, 1, 1],
        ],
        [row, n],
      ),
    );
    observe(
      "hits",
      binomial(integer([1, 10, 100, 1000], [n]), { logits: u }),
      integer(
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        [n, row],
      ),
    );
    observe("coin", bernoulli({ logits: u }), integer([1, 0], [row]));
    observe("spread", negativeBinomial({ mean: exp(u), concentration: 2 }), integer([1, 0], [row]));
    const scores = real([0, 1, 2], [klass]).mul(u);
    observe("pick", categorical(klass, { logits: scores }), integer([0, 1], [row]));
    const L = real(
      [
        [2, 0],
        [1, 0.5],
      ],
      [k, k.prime()],
    );
    observe(
      "pair",
      multivariateNormal(zeros.add(u.sum(row)), { scaleTril: L, row: k }),
      real(
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        [n, k],
      ),
    );
  });
  const traced = kinds.trace({});
  const u = [0.5, -1];
  const count = 4000;
  const fit = fitted(traced, diagonalGuide(traced, u, [1e-6, 1e-6]));
  const predictive = await new Posterior(fit).predict({ draws: count });
  const moments = (site: string, entry: number) => {
    const { draws, shape } = predictive.bySite(site);
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, (_, i) => draws[i * size + entry]!);
    const mean = values.reduce((a, b) => a + b) / count;
    return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / count, values };
  };
  /** Within 5 standard errors of the mean, and the variance within 15%. */
  const expectMoments = (site: string, entry: number, mean: number, variance: number) => {
    const found = moments(site, entry);
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(found.variance / variance).toBeGreaterThan(0.85);
    expect(found.variance / variance).toBeLessThan(1.15);
  };
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  it("poisson, broadcast along a plate its rate lacks", () => {
    expect(predictive.bySite("counts").shape).toEqual([2, 4]);
    for (const row of [0, 1])
      for (const n of [0, 3]) expectMoments("counts", row * 4 + n, Math.exp(u[row]!), Math.exp(u[row]!));
  });

  it("binomial, its plates in the user's order", () => {
    expect(predictive.bySite("hits").shape).toEqual([4, 2]);
    [1, 10, 100, 1000].forEach((total, n) => {
      for (const row of [0, 1]) {
        const p = sigmoid(u[row]!);
        expectMoments("hits", n * 2 + row, total * p, total * p * (1 - p));
      }
    });
  });

  it("bernoulli and negative binomial", () => {
    for (const row of [0, 1]) {
      const p = sigmoid(u[row]!);
      expectMoments("coin", row, p, p * (1 - p));
      const mean = Math.exp(u[row]!);
      expectMoments("spread", row, mean, mean + mean ** 2 / 2);
    }
  });

  it("categorical, whose logits run over the classes", () => {
    for (const row of [0, 1]) {
      const weights = [0, 1, 2].map((k) => Math.exp(k * u[row]!));
      const total = weights.reduce((a, b) => a + b);
      const mean = (weights[1]! + 2 * weights[2]!) / total;
      expectMoments("pick", row, mean, (weights[1]! + 4 * weights[2]!) / total - mean ** 2);
    }
  });

  it("multivariate normal: a vector a variate, with its correlation", () => {
    expect(predictive.bySite("pair").shape).toEqual([4, 2]);
    expectMoments("pair", 4, -0.5, 4);
    expectMoments("pair", 5, -0.5, 1.25);
    const a = moments("pair", 6);
    const b = moments("pair", 7);
    const covariance = a.values.reduce((total, x, i) => total + (x - a.mean) * (b.values[i]! - b.mean), 0) / count;
    expect(Math.abs(covariance - 2)).toBeLessThan(5 * Math.sqrt((4 * 1.25 + 4) / count));
  });

  it("names every observed scalar; an unknown site is refused", () => {
    expect(predictive.names.slice(0, 5)).toEqual([
      "counts[1,1]",
      "counts[1,2]",
      "counts[1,3]",
      "counts[1,4]",
      "counts[2,1]",
    ]);
    expect(() => predictive.bySite("u")).toThrow(/no observed site "u"/);
  });
});
