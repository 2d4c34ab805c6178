/** Base of every error Elbow throws on purpose. `code` is stable; the message says what, where and what to do. */
export class ElbowError extends Error {
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
  constructor(message: string, options?: ErrorOptions) {
    super("graph", message, options);
  }
}
