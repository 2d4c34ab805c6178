import { expect } from "vitest";
import { type ModelContext, ModelError, type ModelErrorCode, model } from "../../src/index.ts";

type Body = (context: ModelContext) => void;

/** What a mistake is called, and the code, site and message of its error. */
export type Mistake = [name: string, code: ModelErrorCode, site: string | null, message: RegExp, body: Body];

/** The ModelError of a model. */
export function failure(body: Body): ModelError {
  try {
    model("broken", body).trace({});
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("no error");
}

export function expectMistake(...[, code, site, message, body]: Mistake): void {
  const error = failure(body);
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
  expect(error.site).toBe(site);
  expect(error.name).toBe("ModelError");
}
