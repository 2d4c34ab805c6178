/** A family without parameters: how a guide names the q of a site. */

/** Of a discrete family in a guide: how the gradient in its probabilities is had. */
export interface FamilyOptions {
  /**
   * "enumerated" (default) sums over the values, exactly; "score-function" draws them and weighs the scores, with a leave-one-out
   * baseline.
   */
  readonly gradient?: "enumerated" | "score-function";
}

/** What `categorical()` without parameters is: for `guide({ z: categorical() })`, not for `sample`. */
export interface Family {
  readonly family: string;
  readonly options: FamilyOptions;
}

export const familyOf = (family: string, options: FamilyOptions = {}): Family => ({ family, options });
