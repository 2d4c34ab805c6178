/** `--objective`: what a fit maximises, as words on the command line. */
import { InvalidArgumentError, Option } from "commander";
import type { Objective } from "../objectives/index.ts";
import { objectiveNamed } from "../objectives/index.ts";
import { DEFAULT_OBJECTIVE, OBJECTIVE_WORDS } from "../objectives/names.ts";

/** An objective and how it was asked for. */
export interface ObjectiveChoice {
  readonly text: string;
  readonly objective: Objective;
}

export function objectiveChoice(text: string): ObjectiveChoice {
  try {
    return { text, objective: objectiveNamed(text) };
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** `otherwise`: what stands in for a default that depends on other options. */
export const objectiveOption = (otherwise?: string): Option => {
  const what = `what is maximised: ${OBJECTIVE_WORDS}`;
  const option = (text: string) => new Option("--objective <name>", text).argParser(objectiveChoice);
  return otherwise === undefined
    ? option(what).default(objectiveChoice(DEFAULT_OBJECTIVE), DEFAULT_OBJECTIVE)
    : option(`${what} (default: ${otherwise})`);
};
