import { describe, expect, it } from "vitest";
import { HostRandom } from "../../src/fit/random.ts";
import { type BatchDensity, runSearches } from "../../src/fit/start/density.ts";
import { scorePath } from "../../src/fit/start/pathfinder.ts";
import { quasiNewtonPath } from "../../src/fit/start/quasiNewton.ts";
import { type Family, refine } from "../../src/fit/start/refine.ts";
import { findStart } from "../../src/fit/start/search.ts";
import { randomNumbers } from "../support/numbers.ts";
import { quadraticDensity } from "./support.ts";

const OPTIONS = { initialScale: 0.1, maxIterations: 200, relativeNoise: 1e-12, keep: 8, dense: true };

/** Units from 1e-3 to 1e3 and strong correlations. */
function badlyScaled(n: number, seed: number): { mean: number[]; precision: number[] } {
  const random = randomNumbers(seed);
  const units = Array.from({ length: n }, (_, i) => 10 ** (3 - (6 * i) / (n - 1)));
  const precision = new Array<number>(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) precision[i * n + j] = ((i === j ? 1 : 0.95) / units[i]!) * (1 / units[j]!);
  }
  return { mean: random.array(n, -2, 2).map((x, i) => x * units[i]!), precision };
}

describe("quasi-Newton", () => {
  for (const dense of [true, false]) {
    it(`finds the mode of a badly scaled Gaussian, ${dense ? "dense" : "limited memory"}`, async () => {
      const { mean, precision } = badlyScaled(5, 2);
      const [path] = await runSearches(
        [quasiNewtonPath(new Float64Array(5), { ...OPTIONS, dense })],
        quadraticDensity(mean, precision),
      );
      expect(path!.at(-1)!.logJoint).toBeGreaterThan(-0.1);
    });
  }

  it("does not stop at rounding noise, nor run on in it", async () => {
    const { mean, precision } = badlyScaled(5, 2);
    const exact = quadraticDensity(mean, precision);
    const random = randomNumbers(9);
    let evaluations = 0;
    const noisy: BatchDensity = async (points) => {
      evaluations += points.length;
      return (await exact(points)).map(({ logJoint, gradient }) => ({
        logJoint: logJoint - 1e4 + random.between(-0.005, 0.005),
        gradient,
      }));
    };
    const [path] = await runSearches(
      [quasiNewtonPath(new Float64Array(5), { ...OPTIONS, relativeNoise: 1e-6 })],
      noisy,
    );
    expect((await exact([path!.at(-1)!.point]))[0]!.logJoint).toBeGreaterThan(-0.1);
    expect(evaluations).toBeLessThan(600);
  });

  it("gives no path from where the density is not finite", async () => {
    const nowhere: BatchDensity = async (points) =>
      points.map(() => ({ logJoint: Number.NaN, gradient: new Float64Array(2) }));
    const [path] = await runSearches([quasiNewtonPath(new Float64Array(2), OPTIONS)], nowhere);
    expect(path).toEqual([]);
  });
});

/** Neal's funnel in two dimensions: its mode is at v = −∞. log p = −v²/18 − x²e^{−v}/2 − v/2. */
const funnel: BatchDensity = async (points) =>
  points.map(([v, x]) => {
    const inverse = Math.exp(-v!);
    return {
      logJoint: -(v! * v!) / 18 - (x! * x! * inverse) / 2 - v! / 2 - Math.log(6 * Math.PI),
      gradient: Float64Array.of(-v! / 9 + (x! * x! * inverse) / 2 - 0.5, -x! * inverse),
    };
  });

describe("the choice along a path", () => {
  it("is the Gaussian with the best ELBO, not the path's end", async () => {
    const random = new HostRandom(1, 5);
    const paths = await runSearches([quasiNewtonPath(Float64Array.of(2, 1), OPTIONS)], funnel);
    const [scored] = await runSearches([scorePath(paths[0]!, 64, random.normal)], funnel);
    const best = Math.max(...scored!.map(({ elbo }) => elbo));
    expect(best).toBeGreaterThanOrEqual(scored!.at(-1)!.elbo);
    expect(best).toBeLessThan(0.5);
  });
});

describe("refinement", () => {
  const { mean, precision } = badlyScaled(6, 4);
  const density = quadraticDensity(mean, precision);
  for (const family of ["full-rank", "mean-field"] as Family[]) {
    it(`${family}: exact for a Gaussian, from a start many sds away`, async () => {
      const random = new HostRandom(7, 1);
      const factor = new Float64Array(36).map((_, k) => (k % 7 === 0 ? precision[k]! ** -0.5 * 3 : 0));
      const start = { mean: Float64Array.from(mean, (m, i) => m + 5 * precision[i * 7]! ** -0.5), factor };
      const settings = {
        family,
        maxRounds: 40,
        patient: true,
        pairs: 32,
        normal: random.normal,
        toBeat: Number.NEGATIVE_INFINITY,
      };
      const [found] = await runSearches([refine(start, settings)], density);
      for (let i = 0; i < 6; i++) {
        const sd = precision[i * 7]! ** -0.5;
        expect(Math.abs(found!.mean[i]! - mean[i]!) / sd).toBeLessThan(1e-3);
        for (let j = 0; j < 6; j++) {
          expect(found!.precision[i * 6 + j]! / precision[i * 6 + j]!).toBeCloseTo(1, 3);
        }
      }
    });
  }

  it("gives up where the density is finite nowhere", async () => {
    const nowhere: BatchDensity = async (points) =>
      points.map(() => ({ logJoint: Number.NEGATIVE_INFINITY, gradient: new Float64Array(2) }));
    const random = new HostRandom(7, 1);
    const start = { mean: new Float64Array(2), factor: Float64Array.of(1, 0, 0, 1) };
    const settings = {
      family: "full-rank" as const,
      patient: true,
      maxRounds: 5,
      pairs: 8,
      normal: random.normal,
      toBeat: Number.NEGATIVE_INFINITY,
    };
    expect((await runSearches([refine(start, settings)], nowhere))[0]).toBeNull();
  });
});

describe("the start of a fit", () => {
  const settings = {
    family: "full-rank" as const,
    seed: 1,
    initial: null,
    initialScale: 0.1,
    relativeNoise: 1e-12,
  };

  it("of a Gaussian is the Gaussian", async () => {
    const { mean, precision } = badlyScaled(4, 6);
    const start = await findStart(4, quadraticDensity(mean, precision), settings);
    start!.mean.forEach((m, i) => {
      expect(Math.abs(m - mean[i]!) * precision[i * 5]! ** 0.5).toBeLessThan(0.01);
      expect(start!.scale[i]! * precision[i * 5]! ** 0.5).toBeCloseTo(1, 3);
    });
  });

  it("of a funnel is in its mass, not at its mode", async () => {
    const start = await findStart(2, funnel, settings);
    expect(start!.mean[0]!).toBeGreaterThan(-4);
    expect(start!.scale[0]!).toBeGreaterThan(0.5);
  });

  it("tries other points than the origin, but not other points than the user's", async () => {
    const { mean, precision } = badlyScaled(3, 6);
    const exact = quadraticDensity(mean, precision);
    const holed: BatchDensity = async (points) =>
      (await exact(points)).map((evaluation, i) =>
        points[i]!.every((x) => Math.abs(x) < 1e-9) ? { ...evaluation, logJoint: Number.NaN } : evaluation,
      );
    expect(await findStart(3, holed, settings)).not.toBeNull();
    expect(await findStart(3, holed, { ...settings, initial: new Float64Array(3) })).toBeNull();
  });

  it("of very many coordinates is on the path, not at a mode of no mass", async () => {
    // z_1 … z_n ~ N(0, e⁻²ᵘ), u ~ N(0, 1): with all z at zero the density grows with u up to u = n.
    const n = 320;
    const density: BatchDensity = async (points) =>
      points.map((point) => {
        const u = point[0]!;
        let squares = 0;
        for (let i = 1; i <= n; i++) squares += point[i]! ** 2;
        const precision = Math.exp(2 * u);
        const gradient = Float64Array.from(point, (z) => -z * precision);
        gradient[0] = n - precision * squares - u;
        return { logJoint: n * u - (precision * squares) / 2 - u ** 2 / 2, gradient };
      });
    const start = await findStart(n + 1, density, { ...settings, family: "mean-field" });
    // The z integrated out, u ~ N(0, 1).
    expect(Math.abs(start!.mean[0]!)).toBeLessThan(6);
  });

  it("of very many coordinates needs no matrix", async () => {
    const n = 400;
    const sds = Array.from({ length: n }, (_, i) => 10 ** (-2 + (4 * i) / n));
    const density: BatchDensity = async (points) =>
      points.map((point) => {
        const gradient = point.map((x, i) => -(x - 1) / sds[i]! ** 2);
        return { logJoint: point.reduce((s, x, i) => s - ((x - 1) / sds[i]!) ** 2 / 2, 0), gradient };
      });
    const start = await findStart(n, density, { ...settings, family: "mean-field" });
    expect(start!.factor).toBeNull();
    start!.scale.forEach((scale, i) => {
      expect(Math.abs(Math.log(scale / sds[i]!))).toBeLessThan(0.2);
    });
  });
});
