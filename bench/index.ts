/** `npm run bench`: Elbow beside its peers, its yardsticks and the adapter's own limits, in one run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { buildSite, root } from "./build.ts";
import { chromium } from "./chromium.ts";
import { drawCharts, measureGrowth } from "./growth.ts";
import type { Host } from "./host.ts";
import { nodeHost } from "./nodeHost.ts";
import { type Report, toJson, toMarkdown, toText } from "./report.ts";
import type { RowResult } from "./suite/main.ts";

interface Options {
  readonly node?: true;
  readonly json?: true;
  readonly only?: readonly string[];
  readonly quick?: true;
  readonly peers: readonly string[];
  readonly growth?: true;
}

const PEERS = ["jax-js-webgpu", "jax-js-wasm", "jax-js-wasm-threads", "tfjs-webgpu", "cpu-reference", "yardstick"];
/** Runs on one thread in a plain page, and on several in an isolated one, under another name. */
const PLAIN = "jax-js-wasm";
const list = (text: string): string[] => text.split(",").filter(Boolean);

const say = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
};
const sayLine = (text: string): void => {
  process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[2K" : ""}${text}\n`);
};

async function main(options: Options): Promise<void> {
  const quick = options.quick === true;
  sayLine("building the library and the suite");
  const site = await buildSite();
  let place = "";
  const host = await (options.node ? nodeHost : chromium)(site, (text) => say(`${place}: ${text}`));
  try {
    const rows = await host.call("rows");
    const unknown = (options.only ?? []).filter((name) => !rows.some((row) => row.name === name));
    if (unknown.length > 0) {
      throw new Error(`no row ${unknown.join(", ")}; there are ${rows.map((row) => row.name).join(", ")}`);
    }
    place = host.name;
    const adapter = await host.call("adapter");
    sayLine(`${host.name}, ${adapter.description}`);
    const ceilings = await host.call("ceilings", quick);
    const first = await host.firstResult();
    const results: RowResult[] = [];
    for (const { name, title, large } of rows) {
      if (options.only !== undefined && !options.only.includes(name)) continue;
      place = name;
      if (large && (adapter.isSoftware || quick) && options.only === undefined) {
        const reason = adapter.isSoftware ? "needs a GPU, or --only with its name" : "left out by --quick";
        results.push({ kind: "failed", name, title, reason });
      } else results.push(await runRow(host, name, quick, options.peers));
      sayLine(`${name}: ${summary(results.at(-1)!)}`);
    }
    const growth = options.growth ? await measureGrowth(host, quick, sayLine) : [];
    if (options.growth && !options.node) await drawCharts(host, growth);
    const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { version: string };
    const report: Report = {
      date: new Date(),
      version,
      host: host.name,
      adapter,
      quick,
      ceilings,
      first,
      results,
      growth,
    };
    const folder = `${root}/bench/out`;
    mkdirSync(folder, { recursive: true });
    // A run over some of the rows does not overwrite the whole table.
    const part = options.only === undefined ? "" : "-part";
    const stem = `${folder}/${options.node ? "node" : "chromium"}${part}`;
    writeFileSync(`${stem}.json`, `${JSON.stringify(toJson(report), null, 2)}\n`);
    writeFileSync(`${stem}.md`, toMarkdown(report));
    if (options.json) process.stdout.write(`${JSON.stringify(toJson(report), null, 2)}\n`);
    else process.stdout.write(`${toText(report)}\n`);
    sayLine(`wrote ${stem}.json and ${stem}.md`);
    const broken = results.some((row) => row.kind === "failed" && !/GPU|--quick/.test(row.reason));
    if (broken) process.exitCode = 1;
  } finally {
    await host.close();
  }
}

async function runRow(host: Host, name: string, quick: boolean, peers: readonly string[]): Promise<RowResult> {
  if (host.plain === null) {
    // Neither jax-js nor TensorFlow.js knows WebGPU outside a page.
    const inPage = peers.filter((peer) => peer.endsWith("-webgpu") || peer.endsWith("-threads"));
    const found = await host.call("row", name, { quick, peers: peers.filter((peer) => !inPage.includes(peer)) });
    if (found.kind !== "step") return found;
    const refused = Object.fromEntries(inPage.map((peer) => [peer, "runs in a page only"]));
    return { ...found, refused: { ...found.refused, ...refused } };
  }
  const main = await host.call("row", name, { quick, peers: peers.filter((peer) => peer !== PLAIN) });
  if (main.kind !== "step" || !peers.includes(PLAIN)) return main;
  const plain = await host.plain("row", name, { quick, peers: [PLAIN] });
  if (plain.kind !== "step") return main;
  const added = plain.peers.map((peer) => ({ ...peer, oursSecondsPerStep: plain.ours.secondsPerStep }));
  return { ...main, peers: [...main.peers, ...added], refused: { ...main.refused, ...plain.refused } };
}

function summary(row: RowResult): string {
  if (row.kind === "failed") return row.reason;
  return `${(1000 * row.ours.secondsPerStep).toPrecision(3)} ms`;
}

const program = new Command("bench")
  .description("Times Elbow beside other libraries, hand-written kernels and the adapter's limits.")
  .option("--node", "on Dawn in Node instead of in Chromium")
  .option("--json", "print JSON instead of a table")
  .option("--only <rows>", "rows, by comma", list)
  .option("--peers <names>", `who else runs, by comma: ${PEERS.join(", ")}`, list, PEERS)
  .option("--growth", "also time against S, N and D, and draw docs/growth/*.png")
  .option("--quick", "shorter measurements");
program.parse();
process.once("SIGINT", () => process.exit(130));
await main(program.opts<Options>());
// Dawn keeps the process alive.
process.exit();
