import { describe, expect, it } from "vitest";
import {
  afterRound,
  firstSchedule,
  GAIN_TOLERANCE,
  type RoundReport,
  type ScheduleState,
  settled,
} from "../../src/fit/convergence.ts";
import { randomNumbers } from "../support/numbers.ts";

const quiet: RoundReport = {
  steps: 100,
  stepSize: 0.1,
  elbo: -100,
  gain: 0,
  gainError: 0.001,
  movement: 0.01,
  floor: 0,
  distance: 0,
};

/** Rounds until the rule stops, at most `most`. */
function play(
  reports: (state: ScheduleState) => Partial<RoundReport>,
  most = 60,
): { rounds: number; state: ScheduleState } {
  let state = firstSchedule(0.1);
  for (let round = 1; round <= most; round++) {
    const decision = afterRound(state, { ...quiet, ...reports(state) });
    state = decision.state;
    if (decision.action === "stop") return { rounds: round, state };
  }
  return { rounds: Number.POSITIVE_INFINITY, state };
}

describe("the stopping rule", () => {
  it("needs two quiet rounds in a row", () => {
    expect(play(() => ({})).rounds).toBe(2);
    let round = 0;
    expect(play(() => (++round % 2 === 0 ? { movement: 0.5 } : {})).rounds).toBe(Number.POSITIVE_INFINITY);
  });

  it("goes on while the ELBO gains more than its noise, at the same step size", () => {
    const { rounds, state } = play(() => ({ gain: 1, gainError: 0.01, movement: 0.3 }), 10);
    expect(rounds).toBe(Number.POSITIVE_INFINITY);
    expect(state.stepSize).toBe(0.1);
  });

  it("is not taken in by a flat ELBO: λ that moves is not settled (σ 34% too large with 8 draws)", () => {
    // Gains under the noise floor, every round a drift of a tenth of an sd.
    const { rounds } = play(() => ({ gain: 0.004, gainError: 0.02, movement: 0.1 }));
    expect(rounds).toBe(Number.POSITIVE_INFINITY);
  });

  it("is not taken in by a round without movement whose gradient surely points elsewhere", () => {
    expect(play(() => ({ distance: 0.3 })).rounds).toBe(Number.POSITIVE_INFINITY);
  });

  it("lowers the step size with the rounds as much longer, so that a round keeps its reach", () => {
    const { state } = play(() => ({ gain: 0, gainError: 0.02, movement: 0.1 }), 4);
    expect(state.stepSize).toBeLessThan(0.1);
    expect(state.stepSize * state.roundSteps).toBeCloseTo(10, 9);
  });

  it("stops on noise whose size falls with the length of the rounds", () => {
    const random = randomNumbers(4);
    const { rounds, state } = play(({ roundSteps }) => {
      const noise = 2 / Math.sqrt(roundSteps);
      return {
        gain: random.between(-1, 1) * noise ** 2,
        gainError: noise ** 2,
        movement: noise * random.between(0.5, 1),
      };
    });
    expect(rounds).toBeLessThan(12);
    // Movement of at most a twentieth of an sd, twice.
    expect(state.roundSteps).toBeGreaterThanOrEqual(800);
  });

  it("knows what float32 cannot resolve", () => {
    const gain = 3 * GAIN_TOLERANCE;
    expect(settled({ ...quiet, gain, gainError: 1e-6 })).toBe(false);
    expect(settled({ ...quiet, gain, gainError: 1e-6, floor: 0.1 })).toBe(true);
  });

  it("a loss beyond its noise is not settled", () => {
    expect(settled({ ...quiet, gain: -0.2, gainError: 0.01 })).toBe(false);
  });
});
