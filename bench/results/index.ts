/** `npm run results`: fits every example that has exact reference answers and compares it with its reference answers; writes docs/results.md. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { compare, type Guide, type ResultRow, readReference, root } from "./compare.ts";
import { fitted, seedList } from "./fitted.ts";
import { page, terminalTable } from "./page.ts";
import { missedTargets } from "./targets.ts";

interface Options {
  readonly only?: readonly string[];
  readonly seeds: readonly number[];
  readonly device: "auto" | "gpu" | "cpu";
  readonly json?: true;
}

const GUIDES: readonly Guide[] = ["mean-field", "full-rank"];
const PAGE = "docs/results.md";

/** Those with exact answers. */
const examples = (): string[] =>
  readdirSync(`${root}/examples`).filter((name) => existsSync(`${root}/tests/reference/${name}.json`));

async function main(options: Options): Promise<void> {
  const names = options.only ?? examples();
  for (const name of names) {
    if (!examples().includes(name))
      throw new Error(`"${name}" is no example with exact answers: ${examples().join(", ")}`);
  }
  const rows: ResultRow[] = [];
  let device = "";
  for (const example of names) {
    const reference = readReference(example);
    for (const guide of GUIDES) {
      for (const seed of options.seeds) {
        const result = await fitted(`examples/${example}`, guide, seed, options.device);
        device = `${result.device.kind}: ${result.device.description}`;
        const row = compare(example, guide, result, reference, missedTargets(example, guide, result, reference));
        rows.push(row);
        process.stderr.write(
          `${example}, ${guide}, seed ${seed}: ${row.verdict}, largest mean error ${row.maxMeanError.toFixed(3)} sd, ` +
            `${row.steps} steps, ${row.seconds.toFixed(1)} s${row.missed.length > 0 ? `; MISSED: ${row.missed.join("; ")}` : ""}\n`,
        );
      }
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else process.stdout.write(`${terminalTable(rows)}\n`);
  const whole = options.only === undefined && options.seeds.length >= 5;
  if (!whole) process.stderr.write(`${PAGE} is written by a run over all examples and five seeds only\n`);
  else {
    const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { version: string };
    writeFileSync(`${root}/${PAGE}`, page(rows, { device, version, seeds: options.seeds, date: new Date() }));
    process.stderr.write(`wrote ${PAGE}\n`);
  }
  if (rows.some((row) => row.missed.length > 0)) process.exitCode = 1;
}

const program = new Command("results")
  .description("Fits every example that has exact reference answers with both guides, and compares.")
  .option("--only <names>", "examples, by comma", (text: string) => text.split(","))
  .option("--seeds <list>", "seeds, by comma", seedList, [1, 2, 3, 4, 5])
  .option("--device <kind>", "auto, gpu or cpu", "auto")
  .option("--json", "print the rows as JSON");
program.parse();
await main(program.opts<Options>());
