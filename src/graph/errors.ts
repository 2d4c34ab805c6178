/** Base of every error Elbow throws on purpose. `code` is stable; the message says what, where and what to do. */
export class ElbowError extends Error {
  /** Written out in every class: what a page loads has had the names of its classes shortened. */
  static override readonly name: string = "ElbowError";

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A graph was put together wrongly: axes that do not fit, an operand of the wrong type. */
export class GraphError extends ElbowError {
  static override readonly name = "GraphError";

  constructor(message: string, options?: ErrorOptions) {
    super("graph", message, options);
  }
}
