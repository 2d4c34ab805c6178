/** A guide of several families: what many of its sites' readers need is evaluated, and its text compiled, once. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { stepProgram } from "../../src/fit/step.ts";
import { beta, dirichlet, gamma, guide, math, meanField, model, normal, real, sum as total } from "../../src/index.ts";
import { naturalGradient } from "../../src/optimizers/index.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const backend = gpuBackend(device);

const several = model("several families", ({ plate, sample, observe }) => {
  const [n, k, l, part] = [plate("n", 5), plate("k", 3), plate("l", 4), plate("part", 3)];
  const rate = sample("rate", gamma(2, 1), [k]);
  const p = sample("p", beta(2, 2), [l]);
  const w = sample("w", dirichlet(1, part));
  const a = sample("a", normal(0, 1), [k]);
  observe(
    "y",
    normal(math`${total(rate, [k])} + ${total(p, [l])} + ${total(math`${w} * ${w}`, [part])} * ${total(a, [k])}`, 1),
    real([1, 2, 3, 2, 1], [n]),
  );
});

describe("a guide of several families", () => {
  it("of a gamma, a beta and a Dirichlet site: one derivative in a shape for each gamma that is drawn", async () => {
    const traced = several.trace({});
    const size = traced.coordinate.size;
    const factor = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 0.1 : 0));
    const start = { mean: new Float64Array(size), scale: new Float64Array(size).fill(0.1), factor };
    const family = guide({ rate: gamma(), p: beta(), w: dirichlet(), default: meanField() });
    const bound = family.bind(traced.coordinate, start, traced.latents, traced.discrete);
    const settings = { draws: 16, form: "joint", gradient: bound.gradientEstimator } as const;
    const program = await backend.compile(stepProgram(traced, bound, naturalGradient(), settings).spec);
    try {
      const text = program
        .explain()
        .kernels.map(({ wgsl }) => wgsl.slice(wgsl.indexOf("fn level")))
        .join("\n");
      // The rate, a beta's two, the simplex.
      expect(text.match(/e_logGammaDrawByShape4?\(/g)).toHaveLength(4);
    } finally {
      program.dispose();
    }
  });
});
