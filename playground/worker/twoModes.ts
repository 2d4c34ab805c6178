/** Gaussians fitted to two modes by the two divergences. */
import { compileElbo, type Device, mixture, model, normal, openDevice, real } from "elbow-gpu";
import type { Gaussian, Modes, TwoModes } from "./protocol.ts";

/** Importance weights want more draws than a gradient that has no variance at its optimum. */
const DRAWS = { reverse: 512, forward: 2048 } as const;
const STEPS = 160;

const target = model("two modes", ({ plate, sample }, { distance, spread, share }: Modes) => {
  const component = plate("component", 2);
  const probs = real([1 - share, share], [component]);
  const parts = [normal(-distance / 2, 1), normal(distance / 2, spread)];
  sample("z", mixture({ probs }, component, parts));
});

/** Two reverse fits, begun at either mode, and a forward one, begun broad enough to see both. */
export async function twoModes(modes: Modes): Promise<TwoModes> {
  await using device = await openDevice({ kind: "cpu" });
  const { distance, spread } = modes;
  const broad = { loc: 0, scale: distance / 2 + Math.max(1, spread) };
  return {
    left: await fitted(device, modes, "reverse", { loc: -distance / 2, scale: 1 }),
    right: await fitted(device, modes, "reverse", { loc: distance / 2, scale: spread }),
    forward: await fitted(device, modes, "forward", broad),
  };
}

/** Adam on the location and the log scale, with the same noise at every step. */
async function fitted(
  device: Device,
  modes: Modes,
  direction: "reverse" | "forward",
  start: Pick<Gaussian, "loc" | "scale">,
): Promise<Gaussian> {
  const how =
    direction === "forward"
      ? { objective: { kind: "forward-kl" } as const }
      : { gradient: "sticking-the-landing" as const };
  const options = { device, draws: DRAWS[direction], ...how };
  using elbo = await compileElbo(target, modes, options);
  const at = { loc: Float64Array.of(start.loc), logScale: Float64Array.of(Math.log(start.scale)) };
  const memory = { loc: { m: 0, v: 0 }, logScale: { m: 0, v: 0 } };
  let divergence = Number.NaN;
  for (let step = 1; step <= STEPS; step++) {
    const { value, gradient } = await elbo.evaluate(at, { seed: 1 });
    divergence = -value;
    const rate = 0.1 * Math.min(1, (2 * (STEPS - step)) / STEPS);
    for (const name of ["loc", "logScale"] as const) {
      const g = gradient[name]![0]!;
      const kept = memory[name];
      kept.m += 0.1 * (g - kept.m);
      kept.v += 0.01 * (g * g - kept.v);
      const size = kept.m / (1 - 0.9 ** step) / (Math.sqrt(kept.v / (1 - 0.99 ** step)) + 1e-8);
      // In units of q's own width, so that both move alike.
      at[name][0]! += rate * size * (name === "loc" ? Math.exp(at.logScale[0]!) : 1);
    }
  }
  return { loc: at.loc[0]!, scale: Math.exp(at.logScale[0]!), divergence };
}
