/** An equation of motion inside a model: the solver against a finer one, the fit against Stan's. */
import { expect, it } from "vitest";
import data from "../../examples/lynx-hare/data.json" with { type: "json" };
import model from "../../examples/lynx-hare/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { input } from "../../src/graph/ops.ts";
import { fit, fullRank } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

/** Published posterior of B. Carpenter's case study (Stan, NUTS, 4 × 1000 draws): mean, sd. */
const stan: Readonly<Record<string, readonly [number, number]>> = {
  alpha: [0.545, 0.064],
  gamma: [0.803, 0.092],
  hares_start: [33.956, 2.856],
  lynxes_start: [5.933, 0.535],
  sigma_hares: [0.25, 0.045],
  sigma_lynxes: [0.252, 0.044],
};

it("the populations are those of a solver with steps a hundred times as short", () => {
  const traced = model.trace(data);
  const z = input("z", [traced.coordinate], "parameter");
  const values = traced.at(z).values;
  const at: Readonly<Record<string, number>> = {
    alpha: 0.55,
    beta: 0.028,
    gamma: 0.8,
    delta: 0.024,
    hares_start: 34,
    lynxes_start: 5.9,
    sigma_hares: 1,
    sigma_lynxes: 1,
  };
  const point = Float64Array.from(traced.latents, ({ name }) => Math.log(at[name]!));
  const [hares, lynxes] = evaluate(
    [values.get("hares_expected")!, values.get("lynxes_expected")!],
    new Map([...traced.inputs, ["z", point]]),
  );
  let [u, v] = [at.hares_start!, at.lynxes_start!];
  const change = (a: number, b: number): [number, number] => [
    (at.alpha! - at.beta! * b) * a,
    (at.delta! * a - at.gamma!) * b,
  ];
  const h = 1 / 800;
  for (let year = 0; year < 20; year++) {
    for (let step = 0; step < 800; step++) {
      const [du, dv] = change(u, v);
      const [mu, mv] = change(u + (h / 2) * du, v + (h / 2) * dv);
      [u, v] = [u + h * mu, v + h * mv];
    }
    // Eight Runge–Kutta steps a year: errors of order (1/8)⁴ times fifth derivatives of order one.
    expect(Math.abs(hares![year]! / u - 1)).toBeLessThan(1e-3);
    expect(Math.abs(lynxes![year]! / v - 1)).toBeLessThan(1e-3);
  }
});

it("a full-rank fit comes close to Stan's posterior", async () => {
  await using posterior = await fit(model, data, {
    guide: fullRank(),
    seed: 1,
    device: gpuBackend(await testDevice()),
  });
  expect(posterior.verdict).toBe("reliable");
  for (const [name, [mean, sd]] of Object.entries(stan)) {
    const row = posterior.summary().get(name);
    // Stan's own standard error is 0.03 sd, and its figures are rounded to 0.01 sd.
    expect(Math.abs(row.mean - mean) / sd, name).toBeLessThan(0.2);
    expect(row.sd / sd, name).toBeGreaterThan(0.8);
    expect(row.sd / sd, name).toBeLessThan(1.1);
  }
});
