/** Options that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { GUIDES } from "./guides.ts";

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

export const guideOption = (): Option =>
  new Option("--guide <family>", "the variational family").choices(GUIDES).default("mean-field");

export const deviceOption = (): Option =>
  new Option("--device <kind>", "auto: a GPU, else a software adapter, else the float64 reference")
    .choices(DEVICES)
    .default("auto");

export const seedOption = (): Option =>
  new Option("--seed <n>", "seed of the random numbers").argParser(seedValue).default(0);

export const jsonOption = (): Option => new Option("--json", "print one JSON value and nothing else");

/** Adds MODEL [DATA] to a command. */
export function withModel(command: Command): Command {
  return command
    .argument("<model>", "a folder with model.ts and data.json, or a model file")
    .argument("[data]", "a JSON data file");
}
