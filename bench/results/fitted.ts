/** Fits as a user gets them: the command line in a process of its own. */
import { spawn } from "node:child_process";
import { InvalidArgumentError } from "commander";
import type { FitJson } from "../../src/posterior/export.ts";
import { type Guide, root } from "./compare.ts";

export function seedList(text: string): number[] {
  const seeds = text.split(",").map(Number);
  if (seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return seeds;
  throw new InvalidArgumentError("Expected integers, as 1,2,3.");
}

/** `elbow fit --json` in a process of its own: what is measured is what a user gets. */
export async function fitted(folder: string, guide: Guide, seed: number, device: string): Promise<FitJson> {
  const args = ["fit", folder, "--guide", guide, "--seed", String(seed), "--device", device, "--json"];
  const child = spawn(process.execPath, ["dist/cli.js", ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += String(data);
  });
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  await new Promise((resolve) => child.on("close", resolve));
  if (out === "") throw new Error(`elbow ${args.join(" ")} printed no result:\n${err}`);
  return JSON.parse(out) as FitJson;
}
