import type { Backend, Explanation } from "../graph/program.ts";
import type { BoundGuide, GuideStart } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { Fitted, Stopped } from "../posterior/fitted.ts";
import type { RoundReport, ScheduleState } from "./convergence.ts";
import type { Inherited, RoundUnderWay } from "./loop.ts";

export type ArraysByName = Record<string, Float64Array>;

/** What a later fit needs to go on from here, as if it had not been stopped. Plain data. */
export interface ResumeState {
  /** False where the fit was stopped before its first step: there is only a beginning to go back to. */
  readonly begun: boolean;
  readonly start: GuideStart;
  /** Every state of the step program by name: λ, the optimiser's, the averages, the step counter. */
  readonly program: ArraysByName;
  readonly schedule: ScheduleState;
  readonly inherited: Inherited;
  readonly underWay: RoundUnderWay | null;
  readonly failures: number;
  readonly rounds: readonly RoundReport[];
  /** Draws left out so far. */
  readonly nonFinite: { readonly nan: number; readonly impossible: number };
  /** λ before the first chunk that met a NaN. */
  readonly suspect: ArraysByName | null;
}

/** A fit that another can go on with: a FitResult, or one read by `restoreFit`. */
export interface Resumable extends Pick<Fitted, "weighted"> {
  readonly guide: { readonly name: string };
  readonly seed: number;
  readonly draws: number;
  readonly steps: number;
  readonly elboTrace: Float64Array;
  readonly objectiveTrace?: Float64Array;
  readonly gradients: number;
  readonly resume: ResumeState;
}

/** How a fit ended, with its last good state. */
export interface FitResult extends Fitted {
  readonly model: TracedModel;
  readonly guide: BoundGuide;
  /** Averaged parameters of the guide. */
  readonly lambda: ArraysByName;
  readonly backend: Backend;
  readonly draws: number;
  readonly stopped: Stopped;
  /** The ELBO estimate of every step; NaN where no draw was finite. */
  readonly elboTrace: Float64Array;
  /** The estimate of every step of what was maximised instead of the ELBO. */
  readonly objectiveTrace?: Float64Array;
  /** Gradients of the log joint evaluated before and in the loop. */
  readonly gradients: number;
  /** What the stopping rule saw, round by round. */
  readonly rounds: readonly RoundReport[];
  readonly plan: Explanation | null;
  readonly resume: ResumeState;
}
