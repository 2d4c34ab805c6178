/** The temporal bound of the Nile's level, year by year, against the smoother. */
import { expect, it } from "vitest";
import data from "../../examples/local-level/data.json" with { type: "json" };
import model from "../../examples/local-level/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { fit, markov } from "../../src/index.ts";
import reference from "../reference/local-level.json" with { type: "json" };
import { testDevice } from "../support/gpu.ts";

const OBSERVATION_VARIANCE = 15099;

for (const kind of ["cpu", "gpu"] as const) {
  it(`the years of the bound sum to it, and are those of the exact posterior (${kind})`, async () => {
    const device = kind === "cpu" ? "cpu" : gpuBackend(await testDevice());
    const check = { batches: 1, drawsPerBatch: 2000, evidenceDraws: 0 };
    await using posterior = await fit(model, data, { guide: markov(), seed: 1, device, check });
    const terms = await posterior.terms("year", { draws: 4000 });
    const sum = terms.total.reduce((total, value) => total + value, 0);
    const rounding = kind === "cpu" ? 1e-9 : 1e-3;
    expect(Math.abs(sum + terms.rest.value - terms.elbo.value)).toBeLessThan(rounding);
    expect(Math.abs(terms.rest.value)).toBeLessThan(rounding);
    expect(Math.abs(terms.elbo.value - reference.nile.log_evidence)).toBeLessThan(0.05);
    data.flow.forEach((flow, t) => {
      // E_q log N(y_t; z_t, R) under the smoother; q is within 0.05 nats of it, and a draw's term has an sd of about 0.5.
      const away = (flow - reference.nile.smoother_mean[t]!) ** 2 + reference.nile.smoother_var[t]!;
      const wanted = -0.5 * Math.log(2 * Math.PI * OBSERVATION_VARIANCE) - away / (2 * OBSERVATION_VARIANCE);
      expect(Math.abs(terms.likelihood[t]! - wanted)).toBeLessThan(0.1);
      expect(terms.total[t]!).toBeCloseTo(terms.likelihood[t]! + terms.prior[t]! + terms.entropy[t]!, 6);
    });
  });
}
