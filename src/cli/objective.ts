/** `--objective`: what a fit maximises, as a word on the command line. */
import { InvalidArgumentError, Option } from "commander";
import { chi, elbo, forwardKl, iwae, renyi } from "../objectives/choices.ts";
import type { ElboForm, Objective } from "../objectives/index.ts";

const WORDS = "elbo, elbo:entropy, elbo:kl, iwae[:K], renyi[:ALPHA[:K]], forward-kl, chi";

/** "iwae:50", "renyi:0.5:10", "elbo:kl": the objective and what it takes, between colons. */
export function objectiveNamed(text: string): Objective {
  const [name, ...rest] = text.split(":");
  const numbers = rest.map(Number);
  const wrong = (): never => {
    throw new InvalidArgumentError(`Expected one of ${WORDS}.`);
  };
  if (rest.some((part) => part === "")) return wrong();
  const most = (count: number): void => {
    if (rest.length > count || numbers.some(Number.isNaN)) wrong();
  };
  try {
    switch (name) {
      case "elbo": {
        const [form = "joint"] = rest;
        return rest.length <= 1 && isForm(form) ? elbo(rest.length === 0 ? {} : { form }) : wrong();
      }
      case "iwae":
        most(1);
        return iwae(defined({ draws: numbers[0] }));
      case "renyi":
        most(2);
        return renyi(defined({ alpha: numbers[0], draws: numbers[1] }));
      case "forward-kl":
        most(0);
        return forwardKl();
      case "chi":
        most(0);
        return chi();
      default:
        return wrong();
    }
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

export const objectiveOption = (): Option =>
  new Option("--objective <name>", `what is maximised: ${WORDS}`).argParser(objectiveNamed);

const isForm = (text: string): text is ElboForm => ["joint", "entropy", "kl"].includes(text);

const defined = <T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
