import { describe, expect, it } from "vitest";
import {
  afterRound,
  firstSchedule,
  GAIN_TOLERANCE,
  NETWORK_GAIN_TOLERANCE,
  type RoundReport,
  type ScheduleState,
  settled,
  surely,
} from "../../src/fit/convergence.ts";
import { randomNumbers } from "../support/numbers.ts";

const quiet: RoundReport = {
  steps: 100,
  stepSize: 0.1,
  value: -100,
  gain: 0,
  gainError: 0.001,
  movement: 0.01,
  typicalMovement: 0.01,
  drift: null,
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

  it("of networks takes gains of hundredths of a nat for settled, of which there is no end", () => {
    const report = { ...quiet, gain: 0.02, gainError: 0.001 };
    expect(afterRound(firstSchedule(0.1, "adaptive"), report).state.settled).toBe(0);
    expect(afterRound(firstSchedule(0.1, "networks"), report).state.settled).toBe(1);
    expect(afterRound(firstSchedule(0.1, "networks"), { ...report, gain: 0.05 }).state.settled).toBe(0);
    // The tolerance is part of the schedule, which goes on from round to round and into a fit that is resumed.
    const after = afterRound({ ...firstSchedule(0.1, "networks"), decaying: true }, report).state;
    expect(after.gainTolerance).toBe(NETWORK_GAIN_TOLERANCE);
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

  it("does not wait for the noise of hundreds of coordinates to fall under a limit for the largest", () => {
    const noise = { movement: 0.09, typicalMovement: 0.015 };
    expect(settled({ ...quiet, ...noise, drift: 0 })).toBe(true);
    // Noise that nobody knows is not made light of, nor one that leaves every coordinate uncertain, nor a single sure movement.
    expect(settled({ ...quiet, ...noise, drift: null })).toBe(false);
    expect(settled({ ...quiet, movement: 0.09, typicalMovement: 0.04, drift: 0 })).toBe(false);
    expect(settled({ ...quiet, ...noise, drift: 0.06 })).toBe(false);
    expect(settled({ ...quiet, movement: 0.3, typicalMovement: 0.02, drift: 0 })).toBe(false);
  });

  it("keeps the step size, for a while, where something is surely on its way", () => {
    const decaying: ScheduleState = { ...firstSchedule(0.1), stepSize: 0.025, roundSteps: 400, decaying: true };
    const onItsWay = { ...quiet, movement: 0.6, typicalMovement: 0.05, drift: 0.5 };
    let state = decaying;
    let rounds = 0;
    for (; state.stepSize === decaying.stepSize && rounds < 50; rounds++) state = afterRound(state, onItsWay).state;
    expect(rounds).toBe(8);
    expect(state.stepSize).toBeCloseTo(decaying.stepSize / 2, 12);
    expect(afterRound(decaying, { ...onItsWay, drift: 0.05 }).state.stepSize).toBeLessThan(decaying.stepSize);
  });
});

describe("what values surely are", () => {
  it("is as rarely wrong of any of a thousand numbers as of any of ten", () => {
    const random = randomNumbers(7);
    // Sums of twelve uniforms would have light tails: normals by Marsaglia's polar method.
    const normal = (): number => {
      for (;;) {
        const [u, v] = [random.between(-1, 1), random.between(-1, 1)];
        const s = u * u + v * v;
        if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
      }
    };
    for (const n of [10, 1000]) {
      const trials = 200_000 / n;
      let wrong = 0;
      for (let t = 0; t < trials; t++) {
        const values = Float64Array.from({ length: n }, normal);
        if (surely(values, new Float64Array(n).fill(1)) > 0) wrong++;
      }
      // 1 − (1 − 0.0027)^10 = 2.7%; for n = 1000, z = 4.27 and 2·10⁻⁵ an entry make 2.0%. Four standard errors about them.
      const share = n === 10 ? 0.0267 : 0.0196;
      expect(Math.abs(wrong / trials - share)).toBeLessThan(4 * Math.sqrt(share / trials));
    }
  });

  it("is the size of what is known exactly", () => {
    expect(surely([0.2, -0.5], [0, 0])).toBe(0.5);
    expect(surely([0.2, -0.5], [0.01, 0.1])).toBeCloseTo(0.2, 12);
  });
});
