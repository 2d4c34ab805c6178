/** `npm run posteriordb`: fits the posteriors of examples/posteriordb with default settings; writes docs/posteriordb.md. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { type Guide, root } from "../results/compare.ts";
import { fitted, seedList } from "../results/fitted.ts";
import { missed } from "./bars.ts";
import { page, terminalTable } from "./page.ts";
import { type PosteriorRow, type Reference, rowOf } from "./row.ts";

interface Options {
  readonly only?: readonly string[];
  readonly guides: readonly Guide[];
  readonly seeds: readonly number[];
  readonly device: "auto" | "gpu" | "cpu";
  readonly json?: true;
}

const PAGE = "docs/posteriordb.md";
const all = readdirSync(`${root}/examples/posteriordb`).sort();

const reference = (name: string): Reference =>
  JSON.parse(readFileSync(`${root}/tests/posteriordb/reference/${name}.json`, "utf8")) as Reference;

async function main(options: Options): Promise<void> {
  const names =
    options.only === undefined ? all : all.filter((name) => options.only!.some((part) => name.includes(part)));
  if (names.length === 0)
    throw new Error(`no posterior has any of ${options.only} in its name; there are: ${all.join(", ")}`);
  const rows: PosteriorRow[] = [];
  let device = "";
  for (const name of names) {
    for (const guide of options.guides) {
      for (const seed of options.seeds) {
        const fit = await fitted(`examples/posteriordb/${name}`, guide, seed, options.device);
        device = `${fit.device.kind}: ${fit.device.description}`;
        const row = rowOf(name, guide, fit, reference(name));
        rows.push(row);
        process.stderr.write(
          `${name}, ${guide}, seed ${seed}: ${row.verdict}, mean errors max ${row.maxMeanError.toFixed(3)} rms ` +
            `${row.rmsMeanError.toFixed(3)}, sds ${row.minSdRatio.toFixed(2)}–${row.maxSdRatio.toFixed(2)}, ` +
            `${row.steps} steps, ${row.seconds.toFixed(1)} s\n`,
        );
      }
    }
  }
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${terminalTable(rows)}\n`);
  const misses = missed(rows);
  for (const text of misses) process.stderr.write(`MISSED: ${text}\n`);
  if (names.length === all.length && options.guides.length === 2 && options.seeds.length >= 3) {
    const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { version: string };
    writeFileSync(`${root}/${PAGE}`, page(rows, misses, { device, version, seeds: options.seeds, date: new Date() }));
    process.stderr.write(`wrote ${PAGE}\n`);
  } else process.stderr.write(`${PAGE} is written by a run over all posteriors, both guides and three seeds only\n`);
  if (misses.length > 0) process.exitCode = 1;
}

const list = (text: string): string[] => text.split(",");

const program = new Command("posteriordb")
  .description("Fits the open posteriors of posteriordb with default settings and compares with the reference answers.")
  .option("--only <names>", "parts of names, by comma", list)
  .option("--guides <names>", "mean-field, full-rank", list, ["mean-field", "full-rank"])
  .option("--seeds <list>", "seeds, by comma", seedList, [1, 2, 3])
  .option("--device <kind>", "auto, gpu or cpu", "auto")
  .option("--json", "print the rows as JSON");
program.parse();
await main(program.opts<Options>());
