/** Hand-written kernels for two rows: what a compiler should come close to. */
import type { Contender } from "../suite/contender.ts";
import type { EightSchools, Logistic } from "../suite/data.ts";
import type { Ours } from "../suite/ours.ts";
import { eightSchoolsYardstick } from "./eightSchools.ts";
import { logisticYardstick } from "./logistic.ts";

export type Yardstick = Contender;

/** What a yardstick runs on. */
export type YardstickProblem =
  | { readonly name: "eight-schools"; readonly data: EightSchools }
  | { readonly name: "logistic"; readonly data: Logistic };

const STEPS = 50;

/**
 * Made and verified: with the same random numbers, start and Adam, the ELBO of its first step and that of its 50th must
 * be ours, the latter to what float32 leaves of a trajectory. `own` must have taken one step.
 */
export async function verifiedYardstick(problem: YardstickProblem, draws: number, own: Ours): Promise<Yardstick> {
  const made =
    problem.name === "logistic"
      ? await logisticYardstick(problem.data, draws)
      : await eightSchoolsYardstick(problem.data);
  const compare = (when: string, found: number, expected: number, tolerance: number): void => {
    if (Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected))) return;
    made.dispose();
    throw new Error(`disagrees: ELBO of ${when} ${found}, ours ${expected}`);
  };
  compare("the first step", made.firstElbo, own.firstElbo, 1e-5);
  compare(`step ${STEPS}`, await made.steps(STEPS - 1), await own.steps(STEPS - 1), 1e-4);
  return made;
}
