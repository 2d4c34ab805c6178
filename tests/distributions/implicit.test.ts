/** Implicit reparameterisation: derivatives of draws in the shapes of their distributions, against exact gradients. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { compileEvaluator, evaluate } from "../../src/cpu/interpreter.ts";
import { digamma, trigamma } from "../../src/cpu/special.ts";
import type { GraphNoise } from "../../src/distributions/distribution.ts";
import * as d from "../../src/distributions/index.ts";
import { logGammaDraw } from "../../src/distributions/sampling/implicit.ts";
import { writeInputs } from "../../src/fit/density.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { input, log, log1p, logGammaP, random, square, stopGradient, sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { testDevice } from "../support/gpu.ts";

const source = {
  seed: input("seed", [], "parameter", "u32"),
  step: input("step", [], "parameter", "u32"),
  drawOffset: input("drawOffset", [], "parameter", "u32"),
};
const noiseOver = (draw: Axis): GraphNoise => {
  let stream = 0;
  return (distribution, axes) => random(distribution, ++stream, [...axes, draw], source);
};
const parameter = (name: string): Value => input(name, [], "parameter");
const at = (values: Record<string, number>, seed = 1) =>
  new Map(
    Object.entries({ seed, step: 0, drawOffset: 0, ...values }).map(([k, v]) => [k, Float64Array.of(v)] as const),
  );

const SIZE = 4000;
/** Mean and standard error of the derivatives of f, draw by draw: one λ a draw would do, batches serve as well. */
function estimate(build: (draw: Axis) => Value, wrt: readonly Value[], values: Record<string, number>, batches = 20) {
  const draw = drawAxis(SIZE);
  const run = compileEvaluator(gradient(build(draw), wrt));
  const runs = Array.from({ length: batches }, (_, seed) => run(at(values, seed)).map(([g]) => g! / SIZE));
  return wrt.map((_, i) => {
    const mean = runs.reduce((total, g) => total + g[i]!, 0) / batches;
    const variance = runs.reduce((total, g) => total + (g[i]! - mean) ** 2, 0) / (batches - 1);
    return { mean, error: Math.sqrt(variance / batches) };
  });
}
const near = (found: { mean: number; error: number }, exact: number): void =>
  // 20 batches give the error itself to a sixth: 6 of them.
  expect(Math.abs(found.mean - exact)).toBeLessThan(6 * found.error + 1e-6);

const [a, b, c] = [parameter("a"), parameter("b"), parameter("c")];

describe("a gamma draw", () => {
  it.each([0.1, 0.7, 1, 3, 40, 1000])("of shape %d keeps its place in the distribution", (shape) => {
    const draw = drawAxis(500);
    const z = input("z", [draw], "parameter");
    const h = 1e-5 * shape;
    // F(z(a); a) is constant: ∂F/∂a + (∂F/∂z)(dz/da) = 0, by differences of the float64 P(a, z).
    const each = input("each", [draw], "parameter");
    const logZ = logGammaDraw(each, noiseOver(draw), []);
    const [draws, slopes] = evaluate(
      [logZ, ...gradient(sum(logZ, [draw]), [each])],
      new Map([...at({}), ["each", new Float64Array(500).fill(shape)] as const]),
    ) as [Float64Array, Float64Array];
    const place = compileEvaluator([logGammaP(a, z)]);
    const of = (shift: number, move: number) =>
      place(
        new Map([...at({ a: shape + shift }), ["z", draws.map((l, i) => Math.exp(l + move * slopes[i]!))] as const]),
      )[0]!;
    const [plus, minus] = [of(h, h), of(-h, -h)];
    const change = plus.map((p, i) => (Math.exp(p) - Math.exp(minus[i]!)) / (2 * h));
    const scale = of(h, 0).map((p, i) => Math.abs(Math.exp(p) - Math.exp(of(-h, 0)[i]!)) / (2 * h));
    const worst = change.reduce(
      (most, x, i) => Math.max(most, scale[i]! > 1e-4 / shape ? Math.abs(x) / scale[i]! : 0),
      0,
    );
    expect(worst).toBeLessThan(1e-3);
  });

  it("E[log z] has the derivative ψ′(a)", () => {
    for (const shape of [0.4, 1, 6]) {
      const [found] = estimate((draw) => sum(logGammaDraw(a, noiseOver(draw), []), [draw]), [a], { a: shape });
      near(found!, trigamma(shape));
    }
  });
});

describe("families made of gammas", () => {
  it("beta: E[log x] = ψ(a) − ψ(a + b)", () => {
    const build = (draw: Axis) => sum(log(d.beta(a, b).rsample!(noiseOver(draw), [])), [draw]);
    const [inA, inB] = estimate(build, [a, b], { a: 2, b: 0.8 });
    near(inA!, trigamma(2) - trigamma(2.8));
    near(inB!, -trigamma(2.8));
  });

  it("Student t: E[log(1 + t²/ν)] = ψ((ν + 1)/2) − ψ(ν/2)", () => {
    const build = (draw: Axis) => sum(log1p(square(d.studentT(a, 0, 1).rsample!(noiseOver(draw), [])).div(a)), [draw]);
    const [found] = estimate(build, [a], { a: 5 });
    near(found!, 0.5 * (trigamma(3) - trigamma(2.5)));
  });

  it("Dirichlet: a simplex, with E[log x_k] = ψ(α_k) − ψ(Σα)", () => {
    const axis = new Axis("part", 3);
    const alpha = input("alpha", [axis], "parameter");
    const draw = drawAxis(SIZE * 5);
    const x = d.dirichlet(alpha, axis).rsample!(noiseOver(draw), [axis]);
    const values = [0.7, 2, 4];
    const inputs = new Map([...at({}), ["alpha", Float64Array.from(values)] as const]);
    const [total, logs, slope] = evaluate(
      [sum(x, [axis]), sum(log(x), [draw]), ...gradient(sum(log(x), [axis, draw]), [alpha])],
      inputs,
    ) as [Float64Array, Float64Array, Float64Array];
    for (const value of total) expect(value).toBeCloseTo(1, 12);
    values.forEach((own, k) => {
      expect(logs[k]! / draw.size - (digamma(own) - digamma(6.7))).toBeLessThan(0.06);
      // Spread of the derivatives: a few, over √20,000.
      expect(Math.abs(slope[k]! / draw.size - (trigamma(own) - 3 * trigamma(6.7)))).toBeLessThan(0.15);
    });
  });
});

describe("the ELBO of an exact family, against its gradient", () => {
  const { cases: known } = JSON.parse(readFileSync("tests/reference/conjugate-families.json", "utf8"));

  it("gamma-Poisson", () => {
    const { inputs, answers } = known.gamma_poisson;
    const build = (draw: Axis) => {
      const rate = d.gamma(a, b).rsample!(noiseOver(draw), []);
      const joint = inputs.y.reduce(
        (total: Value, y: number) => total.add(d.poisson(rate).logProb(y)),
        d.gamma(inputs.prior_shape, inputs.prior_rate).logProb(rate),
      ) as Value;
      return sum(joint.sub(d.gamma(stopGradient(a), stopGradient(b)).logProb(rate)), [draw]);
    };
    const [shape, rate] = [answers.posterior_shape, answers.posterior_rate];
    // −∇KL(Gamma(a, b) ‖ Gamma(a*, b*)).
    const [inA, inB] = estimate(build, [a, b], { a: 30, b: 12 }, 10);
    near(inA!, -((30 - shape) * trigamma(30) + rate / 12 - 1));
    near(inB!, -(shape / 12 - (30 * rate) / 144));
    // At the posterior every draw's gradient along its path is zero.
    const best = estimate(build, [a, b], { a: shape, b: rate }, 3);
    for (const { mean, error } of best) expect(Math.abs(mean) + error).toBeLessThan(1e-6);
  });

  it("beta-Bernoulli", () => {
    const { inputs, answers } = known.beta_bernoulli_10;
    const failures = inputs.n - inputs.successes;
    const build = (draw: Axis) => {
      const p = d.beta(a, b).rsample!(noiseOver(draw), []);
      const joint = d
        .beta(inputs.prior_alpha, inputs.prior_beta)
        .logProb(p)
        .add(log(p).mul(inputs.successes))
        .add(log1p(p.neg()).mul(failures));
      return sum(joint.sub(d.beta(stopGradient(a), stopGradient(b)).logProb(p)), [draw]);
    };
    const [one, zero] = [answers.posterior_alpha, answers.posterior_beta];
    const both = (4 + 3 - one - zero) * trigamma(7);
    const [inA, inB] = estimate(build, [a, b], { a: 4, b: 3 }, 10);
    near(inA!, -((4 - one) * trigamma(4) - both));
    near(inB!, -((3 - zero) * trigamma(3) - both));
  });
});

it("on the device as in float64", async () => {
  const gpu = gpuBackend(await testDevice());
  const draw = drawAxis(256);
  const noise = noiseOver(draw);
  const value = sum(log(d.gamma(a, b).rsample!(noise, [])), [draw])
    .add(sum(d.beta(a, c).rsample!(noise, []), [draw]))
    .add(sum(d.studentT(c, 0, 1).rsample!(noise, []), [draw]));
  const roots = [value, ...gradient(value, [a, b, c])].map((root) => expand(root, []));
  const executable = await gpu.compile({
    name: "draws",
    outputs: Object.fromEntries(roots.map((r, i) => [`${i}`, r])),
  });
  const values = at({ a: 2.5, b: 0.7, c: 6 }, 5);
  writeInputs(executable, values);
  await executable.run();
  const found = await executable.read(["0", "1", "2", "3"]);
  evaluate(roots, values).forEach(([exact], i) => {
    // Sums of 256 draws and their derivatives in float32.
    expect(Math.abs(found[`${i}`]![0]! - exact!)).toBeLessThan(1e-3 * (1 + Math.abs(exact!)));
  });
  executable.dispose();
});
