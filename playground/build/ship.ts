/**
 * `jiti playground/build/ship.ts SAVED.json examples/NAME`: what `elbow fit --save` wrote of a training becomes the
 * learned.json that the playground ships with the example, a byte a number.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SavedLearned } from "../../src/cli/saved.ts";
import { shipped } from "../learned.ts";

const [from, example] = [process.argv[2]!, process.argv[3]!];
const { steps, arrays } = JSON.parse(readFileSync(from, "utf8")) as SavedLearned;
const learned = Object.fromEntries(
  Object.entries(arrays).map(([name, { axes, values }]) => [name, { axes, values: Float32Array.from(values) }]),
);
writeFileSync(join(example, "learned.json"), `${JSON.stringify(shipped(learned, steps))}\n`);
