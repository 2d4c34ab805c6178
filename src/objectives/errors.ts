import { ElbowError } from "../graph/errors.ts";

/** An objective was asked for that this model or guide does not have. */
export class ObjectiveError extends ElbowError {
  static override readonly name = "ObjectiveError";

  constructor(
    readonly site: string | null,
    message: string,
  ) {
    super("objective", message);
  }
}
