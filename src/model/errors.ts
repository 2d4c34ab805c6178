import { ElbowError } from "../graph/errors.ts";

/** What a model or its data can get wrong; stable, for programs that react to one of them. */
export type ModelErrorCode =
  | "async-model"
  | "axis-mismatch"
  | "data-missing"
  | "data-not-numeric"
  | "data-shape"
  | "discrete-latent"
  | "duplicate-plate"
  | "duplicate-site"
  | "empty-plate"
  | "index-range"
  | "minibatch"
  | "no-latent"
  | "non-finite-data"
  | "non-integer-count"
  | "observed-latent"
  | "out-of-support"
  | "parameter-domain"
  | "plate-size"
  | "site-name"
  | "unknown-plate"
  | "wrong-argument";

/** A mistake in a model or in its data. Names the site (or the data field, or the plate) and the remedy. */
export class ModelError extends ElbowError {
  static override readonly name = "ModelError";
  declare readonly code: ModelErrorCode;

  constructor(
    code: ModelErrorCode,
    /** The site, data field or plate that is at fault; null where the whole model is. */
    readonly site: string | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** A formula that `math` cannot read. `position` counts characters of `text`, from 0. */
export class MathSyntaxError extends ElbowError {
  static override readonly name = "MathSyntaxError";

  constructor(
    readonly text: string,
    readonly position: number,
    readonly expected: string,
    message: string,
  ) {
    super("math-syntax", message);
  }
}
