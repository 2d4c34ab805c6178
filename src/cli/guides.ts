/** `--guide`: a variational family, as words on the command line. */
import { InvalidArgumentError } from "commander";
import { type Guide, guideNamed } from "../guides/index.ts";

export { DEFAULT_GUIDE, GUIDE_NAMES } from "../guides/names.ts";

/** A guide and how it was asked for. */
export interface GuideChoice {
  readonly text: string;
  readonly guide: Guide;
}

export function guideChoice(text: string): GuideChoice {
  try {
    return { text, guide: guideNamed(text) };
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
