/** The built bundle in a real Chromium: eight schools fitted in a page, compared with the same fit in Node. */
import { expect, test } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { fit as fitModel, meanField } from "../../src/index.ts";
import { builtBundle } from "../support/bundle.ts";
import { loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";
import { testPage } from "../support/page.ts";

interface Fitted {
  readonly verdict: string;
  readonly device: string;
  readonly elbo: { readonly value: number; readonly standardError: number };
  readonly parameters: Readonly<Record<string, { readonly mean: number; readonly sd: number }>>;
  readonly liveBytes: number;
}

const device = await testDevice();
const { problems, run } = await testPage(await builtBundle());

test("eight schools fitted in a page and in Node agree", async () => {
  const { model, data } = await loadExample("eight-schools");
  const inPage = await run<Fitted>(`
    const elbow = await import("/index.js");
    const { model, real, math, normal, halfCauchy, fit, meanField, openDevice } = elbow;
    const eightSchools = model("eight schools", ({ plate, sample, deterministic, observe }, data) => {
      const school = plate("school", data.y.length);
      const mu = sample("mu", normal(0, 5));
      const tau = sample("tau", halfCauchy(0, 5));
      const eta = sample("eta", normal(0, 1), [school]);
      const theta = deterministic("theta", math\`\${mu} + \${tau} * \${eta}\`);
      observe("y", normal(theta, real(data.sigma, [school])), real(data.y, [school]));
    });
    const device = await openDevice({ kind: "gpu" });
    const posterior = await fit(eightSchools, ${JSON.stringify(data)}, { device, guide: meanField(), seed: 3 });
    const { verdict, elbo, parameters } = posterior.toJSON();
    await posterior[Symbol.asyncDispose]();
    const liveBytes = device.device.liveBytes;
    device.dispose();
    return { verdict, device: device.description, elbo, parameters, liveBytes };
  `);
  const posterior = await fitModel(model, data, { device: gpuBackend(device), guide: meanField(), seed: 3 });
  const inNode = posterior.toJSON();
  posterior.dispose();

  expect(inPage.liveBytes).toBe(0);
  expect(inPage.verdict).toBe(inNode.verdict);
  // The same seeds, so the same draws: only the adapters' rounding differs, well within the standard errors.
  const error = Math.abs(inPage.elbo.value - inNode.elbo.value);
  expect(error).toBeLessThan(4 * Math.hypot(inPage.elbo.standardError, inNode.elbo.standardError));
  for (const [name, { mean, sd }] of Object.entries(inNode.parameters)) {
    const found = inPage.parameters[name]!;
    expect(Math.abs(found.mean - mean) / sd, name).toBeLessThan(0.03);
    expect(Math.abs(found.sd / sd - 1), name).toBeLessThan(0.03);
  }
  expect(problems).toEqual([]);
}, 120_000);
