/** Every guide over every kind of site, by itself and beside others: what works is finite and agrees, the rest is refused. */
import { expect, it } from "vitest";
import {
  autoregressiveFlow,
  beta,
  categorical,
  compileElbo,
  couplingFlow,
  dirichlet,
  fullRank,
  GuideError,
  gamma,
  guide,
  lowRank,
  meanField,
  mixtureGuide,
  model,
  normal,
  real,
} from "../../src/index.ts";

/** One site of each kind, none of which knows of another but by a factor. */
const all = model("every kind of site", ({ plate, sample, factor, observe }) => {
  const [row, k, n] = [plate("row", 3), plate("k", 3), plate("n", 4)];
  const weights = real([1, 2, 1.5], [k]);
  const scalar = sample("scalar", normal(0, 1));
  const plated = sample("plated", normal(0, 1), [row]);
  const positive = sample("positive", gamma(2, 1));
  const rates = sample("rates", gamma(2, 1), [row]);
  const proportions = sample("proportions", beta(2, 2), [row]);
  const simplex = sample("simplex", dirichlet(weights, k));
  const simplexes = sample("simplexes", dirichlet(weights, k), [row]);
  const z = sample("z", categorical(k, { probs: simplex }), [n]);
  const inside = plated.add(rates.log()).add(proportions).add(simplexes.square().sum(k)).sum(row);
  factor("together", inside.add(scalar).sub(positive).square().mul(-0.05));
  observe("y", normal(real([-1, 0, 2], [k]).at(z), 1), real([0.3, -0.5, 1.8, 2.2], [n]));
});

const FREE = ["meanField", "fullRank", "lowRank", "mixture", "coupling", "autoregressive"];
const guides = {
  meanField: meanField(),
  fullRank: fullRank(),
  lowRank: lowRank({ rank: 1 }),
  mixture: mixtureGuide({ components: 2 }),
  coupling: couplingFlow({ layers: 2, width: 3 }),
  autoregressive: autoregressiveFlow({ layers: 2, width: 3 }),
  gamma: gamma(),
  beta: beta(),
  dirichlet: dirichlet(),
  categorical: categorical(),
} as const;

/** What suits a site; all else is refused. */
const suits: Readonly<Record<string, readonly string[]>> = {
  // One coordinate alone bends for nobody.
  scalar: FREE.slice(0, 4),
  plated: FREE,
  positive: [...FREE.slice(0, 4), "gamma"],
  rates: [...FREE, "gamma"],
  proportions: [...FREE, "beta"],
  simplex: [...FREE, "dirichlet"],
  simplexes: [...FREE, "dirichlet"],
  z: ["categorical"],
};
const rest = { z: categorical(), default: meanField() };

for (const [site, suited] of Object.entries(suits)) {
  it(`over "${site}": ${suited.join(", ")}`, async () => {
    for (const [name, family] of Object.entries(guides)) {
      const made = async () =>
        compileElbo(all, {}, { guide: guide({ ...rest, [site]: family }), draws: 8, device: "cpu" });
      // Draws of a mixture are stratified, and a discrete site's are weighted: not both at once.
      if (!suited.includes(name) || name === "mixture") {
        await expect(async () => made(), `${name} of ${site}`).rejects.toThrow(GuideError);
        continue;
      }
      using compiled = await made();
      const { value, gradient } = await compiled.evaluate(compiled.initial(), { seed: 2 });
      expect(Number.isFinite(value), `${name} of ${site}`).toBe(true);
      const own = Object.entries(gradient).filter(([key]) => key.startsWith(`${site}.`));
      expect(own.length, `${name} of ${site}`).toBeGreaterThan(0);
      expect(
        own.some(([, values]) => values.some((g) => g !== 0)),
        `${name} of ${site}`,
      ).toBe(true);
      for (const [key, values] of own) expect(values.every(Number.isFinite), `${name} of ${site}: ${key}`).toBe(true);
    }
  });
}
