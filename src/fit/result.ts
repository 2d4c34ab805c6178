import type { Backend, Explanation } from "../graph/program.ts";
import type { BoundGuide, GuideStart } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { Fitted, Stopped } from "../posterior/fitted.ts";
import type { RoundReport, ScheduleState } from "./convergence.ts";

export type ArraysByName = Record<string, Float64Array>;

/** What a later fit needs to go on from here. */
export interface ResumeState {
  readonly start: GuideStart;
  /** Every state of the step program by name: λ, the optimiser's, the averages, the step counter. */
  readonly program: ArraysByName;
  readonly schedule: ScheduleState;
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
