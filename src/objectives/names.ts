/** Objectives as words: "elbo:kl", "iwae:50", "renyi:0.5:10". Imports nothing. */

/** What each is called, and the function of the library that makes it. */
export const OBJECTIVE_MAKERS = {
  elbo: "elbo",
  iwae: "iwae",
  renyi: "renyi",
  "forward-kl": "forwardKl",
  chi: "chi",
} as const;

export type ObjectiveName = keyof typeof OBJECTIVE_MAKERS;
export const DEFAULT_OBJECTIVE: ObjectiveName = "elbo";
export const OBJECTIVE_WORDS = "elbo, elbo:entropy, elbo:kl, iwae[:K], renyi[:ALPHA[:K]], forward-kl, chi";

/** What may stand after the colons, in this order. */
const OPTIONS: Readonly<Record<ObjectiveName, readonly ("form" | "draws" | "alpha")[]>> = {
  elbo: ["form"],
  iwae: ["draws"],
  renyi: ["alpha", "draws"],
  "forward-kl": [],
  chi: [],
};

const FORMS = ["joint", "entropy", "kl"] as const;

/** A word taken apart: the options are those of the function that makes the objective. */
export interface ObjectiveCall {
  readonly name: ObjectiveName;
  readonly options: {
    readonly form?: (typeof FORMS)[number];
    readonly draws?: number;
    readonly alpha?: number;
  };
}

/** Throws an Error that says what there is. Whether numbers are sensible is left to the objective. */
export function objectiveWords(text: string): ObjectiveCall {
  const [name = "", ...rest] = text.trim().split(":");
  const wrong = new Error(`there is no objective "${text}": expected one of ${OBJECTIVE_WORDS}`);
  if (!Object.hasOwn(OBJECTIVE_MAKERS, name)) throw wrong;
  const known = OPTIONS[name as ObjectiveName];
  if (rest.length > known.length) throw wrong;
  const options = rest.map((word, i) => {
    const value = known[i] === "form" ? FORMS.find((form) => form === word) : Number(word);
    if (word === "" || value === undefined || Number.isNaN(value)) throw wrong;
    return [known[i], value] as const;
  });
  return { name: name as ObjectiveName, options: Object.fromEntries(options) as ObjectiveCall["options"] };
}
