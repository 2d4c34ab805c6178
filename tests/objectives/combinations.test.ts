/** What goes together with what: every combination that would be silently wrong is refused, with its reason and remedy. */
import { describe, expect, it } from "vitest";
import {
  bernoulli,
  castF32,
  chi,
  couplingFlow,
  elbo,
  type FitOptions,
  fit,
  forwardKl,
  gamma,
  guide,
  halfNormal,
  iwae,
  meanField,
  mixtureGuide,
  model,
  normal,
  real,
  renyi,
} from "../../src/index.ts";

const Y = [0.1, 2.2, -0.4, 1.7];
const mixed = model("mixed", ({ plate, sample, observe }) => {
  const n = plate("n", Y.length);
  const [m, s] = [sample("m", normal(0, 1)), sample("s", halfNormal(1))];
  const z = sample("z", bernoulli({ probs: 0.4 }), [n]);
  observe("y", normal(castF32(z).mul(2).add(m), s), real(Y, [n]));
});
const continuous = (batch?: number) =>
  model("continuous", ({ plate, sample, observe }) => {
    const n = plate("n", Y.length, batch === undefined ? {} : { batch });
    observe("y", normal(sample("m", normal(0, 1)), sample("s", halfNormal(1))), real(Y, [n]));
  });
const [whole, batched] = [continuous(), continuous(2)];
const enumerated = guide({ z: bernoulli(), default: meanField() });
const drawn = guide({ z: bernoulli({ gradient: "score-function" }), default: meanField() });
const ofGamma = guide({ s: gamma(), default: meanField() });
const mixture = mixtureGuide({ components: 2 });

type Case = readonly [name: string, of: typeof mixed, options: () => FitOptions, code: string, message: RegExp];
const summed = /q\(z\) is discrete: maximise the ELBO, objective: elbo\(\), or sum "z" out/;
const chooses = /chooses among components.*maximise the ELBO or "forward-kl", or take a guide that is one smooth map/;
const noEntropy = /has no closed entropy: use the form "joint"/;
const allData = /needs the weights p\(x, z\)\/q\(z\) of all data.*leave out the plate's batch, or maximise the ELBO/;
const landing = /sticking-the-landing is a gradient of the form "joint".*or gradient: "reparameterised"/;

const refused: readonly Case[] = [
  [
    "a discrete q and reparameterisation",
    mixed,
    () => ({ guide: guide({ z: bernoulli({ gradient: "reparameterised" as never }), default: meanField() }) }),
    "guide",
    /a discrete z is a step function.*use \{ gradient: "enumerated" \}, which is exact, or \{ gradient: "score-function" \}/,
  ],
  [
    "a discrete site without a q",
    mixed,
    () => ({}),
    "discrete-latent",
    /sum it out: .*enumerate: true.*or give it probabilities/,
  ],
  [
    "a discrete q and a mixture",
    mixed,
    () => ({ guide: guide({ z: bernoulli(), default: mixture }) }),
    "guide",
    /do not go together; take a flow/,
  ],
  ["one draw of the score function", mixed, () => ({ guide: drawn, draws: 1 }), "objective", /take draws of 2 or more/],
  ...[iwae(), renyi(), chi(), forwardKl()].flatMap((objective): Case[] => [
    [`a discrete q and ${objective.kind}`, mixed, () => ({ guide: enumerated, objective }), "objective", summed],
    [`the score function and ${objective.kind}`, mixed, () => ({ guide: drawn, objective }), "objective", summed],
    [`batches and ${objective.kind}`, batched, () => ({ objective }), "objective", allData],
  ]),
  ...[iwae(), renyi(), chi(), forwardKl({ gradient: "doubly-reparameterised" })].map((objective): Case => {
    return [`a mixture and ${objective.kind}`, whole, () => ({ guide: mixture, objective }), "objective", chooses];
  }),
  ...(["entropy", "kl"] as const).flatMap((form): Case[] => [
    [`a flow, form ${form}`, whole, () => ({ guide: couplingFlow(), form }), "objective", noEntropy],
    [`a mixture, form ${form}`, whole, () => ({ guide: mixture, form }), "objective", noEntropy],
    [`a gamma q, form ${form}`, whole, () => ({ guide: ofGamma, form }), "objective", noEntropy],
    [
      `sticking-the-landing, form ${form}`,
      whole,
      () => ({ form, gradient: "sticking-the-landing" }),
      "objective",
      landing,
    ],
  ]),
  [
    "form kl where a divergence has none",
    whole,
    () => ({ form: "kl" }),
    "objective",
    /"s" has the prior "halfNormal"; use the form/,
  ],
  [
    "form kl where a prior depends on other sites",
    model("nested", ({ sample }) => void sample("b", normal(sample("a", normal(0, 1)), 1))),
    () => ({ form: "kl" }),
    "objective",
    /"b" has a prior that depends on other latent sites; use the form/,
  ],
  [
    "a gradient that a weighted objective does not have",
    whole,
    () => ({ objective: iwae({ gradient: "score" as never }) }),
    "wrong-option",
    /gradient of the objective "importance-weighted" must be "reparameterised" or "doubly-reparameterised"/,
  ],
  [
    "a gradient that the forward divergence does not have",
    whole,
    () => ({ objective: forwardKl({ gradient: "reparameterised" as never }) }),
    "wrong-option",
    /gradient of the objective "forward-kl" must be "score" or "doubly-reparameterised"/,
  ],
  [
    "a gradient that the ELBO does not have",
    whole,
    () => ({ objective: elbo({ gradient: "doubly-reparameterised" as never }) }),
    "wrong-option",
    /gradient must be "reparameterised" or "sticking-the-landing"/,
  ],
  [
    "a raised upper bound",
    whole,
    () => ({ objective: renyi({ alpha: -1 }) }),
    "wrong-option",
    /take alpha from 0 on, or chi/,
  ],
  [
    "bounds that draws do not fill",
    whole,
    () => ({ objective: iwae({ draws: 7 }), draws: 10 }),
    "wrong-option",
    /do not go into groups of 7/,
  ],
  [
    "a form of another objective",
    whole,
    () => ({ objective: iwae(), form: "kl" }),
    "wrong-option",
    /form belongs to the ELBO/,
  ],
  [
    "a gamma q of a site that is not positive",
    whole,
    () => ({ guide: guide({ m: gamma(), default: meanField() }) }),
    "guide",
    /^guide\(\{ m: gamma\(\) \}\): gamma\(\) is a q of positive sites.*take meanField\(\)/,
  ],
];

describe("refused", () => {
  for (const [name, of, options, code, message] of refused) {
    it(name, async () => {
      const fitting = async () => fit(of, {}, { device: "cpu", seed: 1, steps: 1, ...options() });
      await expect(fitting()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });
  }
});

describe("the same bound, whichever way", () => {
  // Log joint less log q of 4,000 draws; the entropy form differs by the noise of log q.
  const check = { batches: 1, drawsPerBatch: 4000, evidenceDraws: 0 };
  const bound = async (of: typeof mixed, options: FitOptions): Promise<number> => {
    await using posterior = await fit(of, {}, { device: "cpu", seed: 1, check, ...options });
    expect(posterior.result.stopped).toBe("converged");
    return posterior.elbo.value;
  };

  it("of a discrete q: enumerated or drawn, joint or entropy", async () => {
    const exact = await bound(mixed, { guide: enumerated });
    expect(Math.abs((await bound(mixed, { guide: enumerated, form: "entropy" })) - exact)).toBeLessThan(0.02);
    expect(Math.abs((await bound(mixed, { guide: drawn })) - exact)).toBeLessThan(0.02);
    expect(Math.abs((await bound(mixed, { guide: drawn, form: "entropy" })) - exact)).toBeLessThan(0.02);
  });

  it("of batches: joint or entropy", async () => {
    const exact = await bound(whole, {});
    expect(Math.abs((await bound(batched, { form: "entropy" })) - exact)).toBeLessThan(0.05);
    expect(Math.abs((await bound(batched, {})) - exact)).toBeLessThan(0.05);
  });
});
