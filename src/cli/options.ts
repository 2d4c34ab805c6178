/** Options that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_GUIDE, GUIDE_NAMES, guideChoice } from "./guides.ts";

export const DEVICES = ["auto", "gpu", "cpu"] as const;
export type DeviceChoice = (typeof DEVICES)[number];

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Expected a positive integer.");
}

export function seedValue(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new InvalidArgumentError("Expected an integer from 0 to 4294967295.");
}

/** `otherwise`: what stands in for a default that depends on other options. */
export const guideOption = (otherwise?: string): Option => {
  const what = `the variational family: ${GUIDE_NAMES.join(", ")}; or one for each site: theta=full-rank,default=mean-field`;
  const option = (text: string) => new Option("--guide <family>", text).argParser(guideChoice);
  return otherwise === undefined
    ? option(what).default(guideChoice(DEFAULT_GUIDE), DEFAULT_GUIDE)
    : option(`${what} (default: ${otherwise})`);
};

export const deviceOption = (): Option =>
  new Option("--device <kind>", "auto: a GPU, else a software adapter, else the float64 reference")
    .choices(DEVICES)
    .default("auto");

export const seedOption = (otherwise?: string): Option => {
  const option = (text: string) => new Option("--seed <n>", text).argParser(seedValue);
  const what = "seed of the random numbers";
  return otherwise === undefined ? option(what).default(0) : option(`${what} (default: ${otherwise})`);
};

export const jsonOption = (): Option => new Option("--json", "print one JSON value and nothing else");

/** Adds MODEL [DATA] to a command. */
export function withModel(command: Command): Command {
  return command
    .argument("<model>", "a folder with model.ts and data.json, a model file, or the name of an example")
    .argument("[data]", "a JSON data file");
}
