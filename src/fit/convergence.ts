/**
 * When to lower the step size and when to stop. A round is a number of steps at one step size; its result is the average
 * of λ over all but its first part. Rounds are compared by their ELBOs on common random numbers, which tells a change from its
 * noise, and by how far λ moved in sds of q, which tells drift that the ELBO is too flat to show.
 */

export interface RoundReport {
  readonly steps: number;
  readonly stepSize: number;
  /** What rounds are compared by (`Judged.value`) at this round's average, on the common random numbers: the ELBO or a bound of weights. */
  readonly value: number;
  /** The same of this round's average minus that of the last one's, and its standard error. */
  readonly gain: number;
  readonly gainError: number;
  /** The furthest that a location or log scale moved since the last round's average, in sds of q. */
  readonly movement: number;
  /** Root mean square of all their movements. */
  readonly typicalMovement: number;
  /** The furthest that one surely moved, beyond the noise of two averages; null where that is not known. */
  readonly drift: number | null;
  /** What the backend's arithmetic cannot resolve: float32 rounding of the ELBO. */
  readonly floor: number;
  /** How far the natural gradient at the average surely points, in sds of q: its size beyond its noise (`surely`). */
  readonly distance: number;
}

/** All of it is plain data: a fit that is resumed goes on with it. */
export interface ScheduleState {
  readonly round: number;
  readonly stepSize: number;
  readonly roundSteps: number;
  /** Rounds in a row that met the stopping criterion. */
  readonly settled: number;
  /** Whether the step size has begun to fall. */
  readonly decaying: boolean;
  /** Rounds at this step size. Absent: none. */
  readonly held?: number;
  /** The gain worth going on for, where it is not GAIN_TOLERANCE. */
  readonly gainTolerance?: number;
}

export type Decision =
  | { readonly action: "continue"; readonly state: ScheduleState }
  | { readonly action: "stop"; readonly state: ScheduleState };

/** A gain in nats that is worth going on for. */
export const GAIN_TOLERANCE = 0.01;
/**
 * The same of a guide with networks, whose weights go on improving by ever less for as long as one looks, long after the
 * moments have ceased to change.
 */
export const NETWORK_GAIN_TOLERANCE = 0.03;
/** Movement of an average between rounds, in sds of q: the average is then known to about half of it. */
export const MOVEMENT_TOLERANCE = 0.05;
/**
 * Of many coordinates some move further than that by noise alone. Then it is enough that nothing surely moves further, that the
 * typical movement is this, and the furthest no more than that.
 */
const MANY = { typical: 0.025, furthest: 0.1 } as const;
/** A sure movement so long that more rounds at the same step size are worth more than longer ones with shorter steps. */
const DRIFT_WORTH_STEPS = 0.1;
/** How far, in sds of q, the gradient may surely still point. */
export const DISTANCE_TOLERANCE = 0.1;
/** A movement so small that it needs no falling step size to be believed. */
const STILL = 0.02;
/**
 * Steps of the first round: by natural gradients; by plain ones, which take longer to get anywhere; by weighted scores,
 * whose noise does not vanish at the optimum, so that it takes longer averages.
 */
const FIRST_ROUND = { natural: 100, adaptive: 250, networks: 250, scores: 400 } as const;
/** Rounds at the first step size, and at any later one, at most, before it falls regardless. */
const MOST_ROUNDS = { first: 20, later: 8 } as const;
/** Standard errors that one of ten numbers exceeds as rarely as √(9 + 2 log(n/10)) are exceeded by one of n. */
const SURE = 3;
const FAMILY = 10;

/**
 * The most that one of these surely is, in absolute value: less as many standard errors as make the family of all n as sure as
 * three make one of ten. √(SURE² + 2 log(n/10)) solves Bonferroni's n·P(|Z| > z) = const to the first order of the normal's tail.
 */
export function surely(values: ArrayLike<number>, errors: ArrayLike<number>): number {
  const n = values.length;
  const sure = Math.sqrt(SURE ** 2 + 2 * Math.log(Math.max(n, FAMILY) / FAMILY));
  let most = 0;
  for (let i = 0; i < n; i++) most = Math.max(most, Math.abs(values[i]!) - sure * errors[i]!);
  return most;
}

export const firstSchedule = (stepSize: number, by: keyof typeof FIRST_ROUND = "natural"): ScheduleState => ({
  round: 0,
  stepSize,
  roundSteps: FIRST_ROUND[by],
  settled: 0,
  decaying: false,
  ...(by === "networks" && { gainTolerance: NETWORK_GAIN_TOLERANCE }),
});

/** The gain is both significant and worth having. */
const improving = ({ gain, gainError, floor }: RoundReport, tolerance: number): boolean =>
  gain > Math.max(tolerance, floor) && gain > 2 * gainError;

/** λ is where it was: every coordinate, or all as far as their noise lets one tell. */
const still = ({ movement, typicalMovement, drift }: RoundReport): boolean =>
  movement <= MOVEMENT_TOLERANCE ||
  (drift !== null && drift <= MOVEMENT_TOLERANCE && typicalMovement <= MANY.typical && movement <= MANY.furthest);

/** Neither the ELBO nor λ changes any more as far as can be told. */
export function settled(report: RoundReport, tolerance = GAIN_TOLERANCE): boolean {
  const loss = report.gain < -Math.max(2 * GAIN_TOLERANCE, report.floor) - 3 * report.gainError;
  return !improving(report, tolerance) && !loss && still(report) && report.distance <= DISTANCE_TOLERANCE;
}

/** λ is surely on its way somewhere: shorter steps would only make that longer. */
const drifting = ({ drift }: RoundReport): boolean => drift !== null && drift > DRIFT_WORTH_STEPS;

export function afterRound(state: ScheduleState, report: RoundReport): Decision {
  const round = state.round + 1;
  const tolerance = state.gainTolerance ?? GAIN_TOLERANCE;
  const calm = settled(report, tolerance);
  const inARow = calm ? state.settled + 1 : 0;
  if (inARow >= 2 && (state.decaying || report.movement <= STILL)) {
    return { action: "stop", state: { ...state, round, settled: inARow } };
  }
  const held = (state.held ?? 0) + 1;
  const wanted = drifting(report) || (!state.decaying && improving(report, tolerance));
  const stay = wanted && held < (state.decaying ? MOST_ROUNDS.later : MOST_ROUNDS.first);
  if (stay) return { action: "continue", state: { ...state, round, settled: inARow, held } };
  return {
    action: "continue",
    state: {
      ...(state.gainTolerance !== undefined && { gainTolerance: state.gainTolerance }),
      round,
      stepSize: Math.max(state.stepSize / 2, 1e-4),
      roundSteps: state.roundSteps * 2,
      settled: inARow,
      decaying: true,
    },
  };
}
