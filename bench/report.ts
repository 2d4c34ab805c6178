/** The results as JSON (a stable interface), as Markdown and as a table for a terminal. */
import { textTable } from "../src/cli/table.ts";
import type { BatchResult } from "./suite/batch.ts";
import type { Ceilings } from "./suite/ceilings.ts";
import type { Timing } from "./suite/contender.ts";
import type { FirstResult } from "./suite/first.ts";
import type { GrowthResult, RowResult } from "./suite/main.ts";
import type { ManyResult } from "./suite/many.ts";
import type { StepResult } from "./suite/run.ts";
import { leastSeconds } from "./suite/work.ts";

export interface Report {
  readonly date: Date;
  readonly version: string;
  readonly host: string;
  readonly adapter: { readonly description: string; readonly isSoftware: boolean };
  readonly quick: boolean;
  readonly ceilings: Ceilings;
  readonly first: (FirstResult & { readonly importSeconds: number }) | null;
  readonly results: readonly RowResult[];
  readonly growth: readonly GrowthResult[];
}

/** The time that the ceilings allow a step, over the time it takes: 1 is the hardware's limit. */
export function rooflineOf(
  { flops, bytes, ours }: Pick<StepResult, "flops" | "bytes" | "ours">,
  ceilings: Ceilings,
): number {
  return Math.max(flops / ceilings.flops, bytes / ceilings.bytesPerSecond) / ours.secondsPerStep;
}

/** The same for a batch of draws: its normals, exponentials, logarithms and arithmetic, each at its measured rate. */
export const batchCeiling = ({ work, ours }: BatchResult, ceilings: Ceilings): number =>
  leastSeconds(work, ceilings) / ours.secondsPerStep;

/**
 * How much longer a step of all fits takes than of the next smaller number of them, beyond what their number says; and
 * how many times as long the same steps take one fit after the other.
 */
export function manyRatios({ sizes }: ManyResult): { readonly excess: number; readonly stepsInTurnRatio: number } {
  const [one, fewer, all] = [sizes[0]!, sizes.at(-2)!, sizes.at(-1)!];
  return {
    excess: all.secondsPerStep / fewer.secondsPerStep / (all.fits / fewer.fits),
    stepsInTurnRatio: ((one.secondsPerStep / one.fits) * all.fits) / all.secondsPerStep,
  };
}

/** How many times as long as ours; above 1 where we are faster. */
const ratioOf = (peer: Timing, ours: Timing): number =>
  peer.secondsPerStep / (peer.oursSecondsPerStep ?? ours.secondsPerStep);

export function toJson(report: Report): object {
  const { ceilings, first, results, growth } = report;
  return {
    date: report.date.toISOString(),
    version: report.version,
    host: report.host,
    adapter: report.adapter.description,
    quick: report.quick,
    ceilings,
    firstResult: first,
    rows: results.map((row) => rowJson(row, ceilings)),
    growth,
  };
}

function rowJson(row: RowResult, ceilings: Ceilings): object {
  if (row.kind === "failed") return { name: row.name, status: "not run", reason: row.reason };
  const { secondsPerStep, spread, repetitions, compileSeconds, firstSeconds, samples } = row.ours;
  const common = {
    name: row.name,
    status: "ok",
    secondsPerStep,
    spread,
    repetitions,
    compileSeconds,
    firstSeconds,
    samples,
  };
  if (row.kind === "batch") {
    const { draws, chunk, elbo, standardError, work } = row;
    return { ...common, draws, chunk, elbo, standardError, work, roofline: batchCeiling(row, ceilings), peers: {} };
  }
  if (row.kind === "many") {
    const { fits, dispatchesPerStep, peakBytes, flops, bytes, sizes, whole } = row;
    return {
      ...common,
      fits,
      dispatchesPerStep,
      peakBytes,
      flops,
      bytes,
      roofline: rooflineOf(row, ceilings),
      sizes,
      ...manyRatios(row),
      whole: { ...whole, ratio: whole.secondsInTurn / whole.secondsTogether },
      peers: {},
    };
  }
  const peers = row.peers.map((peer) => [
    peer.name,
    {
      secondsPerStep: peer.secondsPerStep,
      ratio: ratioOf(peer, row.ours),
      spread: peer.spread,
      repetitions: peer.repetitions,
      firstSeconds: peer.firstSeconds,
      samples: peer.samples,
    },
  ]);
  return {
    ...common,
    dispatchesPerStep: row.dispatchesPerStep,
    peakBytes: row.peakBytes,
    flops: row.flops,
    bytes: row.bytes,
    roofline: rooflineOf(row, ceilings),
    kernels: row.kernels,
    peers: Object.fromEntries(peers),
    refused: row.refused,
  };
}

const milliseconds = (seconds: number): string => significant(1000 * seconds);
function significant(x: number): string {
  if (!Number.isFinite(x)) return "–";
  if (x >= 100) return Math.round(x).toLocaleString("en-US");
  return x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x.toPrecision(2);
}
const percent = (x: number): string => (x < 0.1 ? `${(100 * x).toFixed(1)}%` : `${Math.round(100 * x)}%`);
function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${significant(bytes / 1024 ** power)} ${units[power]}`;
}

const HEAD = ["row", "ms a step", "±", "compile ms", "dispatches", "memory", "roofline"];
const PEER_HEADS = ["jax-js-webgpu", "jax-js-wasm", "jax-js-wasm-threads", "tfjs-webgpu", "cpu-reference", "yardstick"];

interface Table {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

function ownTable({ results, ceilings }: Report): Table {
  const lines = results.map((row): string[] => {
    if (row.kind === "failed") return [row.title, "not run", "", "", "", "", ""];
    const { secondsPerStep, spread, compileSeconds } = row.ours;
    const own = [row.title, milliseconds(secondsPerStep), percent(spread), milliseconds(compileSeconds)];
    if (row.kind === "batch") return [...own, "", "", percent(batchCeiling(row, ceilings))];
    return [...own, significant(row.dispatchesPerStep), size(row.peakBytes), percent(rooflineOf(row, ceilings))];
  });
  return { head: HEAD, lines };
}

/** Milliseconds a step and, behind ×, how many times as long as ours. */
function peerTable({ results }: Report): Table {
  const lines = results.flatMap((row) => {
    if (row.kind !== "step") return [];
    const cells = PEER_HEADS.map((name) => {
      const peer = row.peers.find((p) => p.name === name);
      if (peer === undefined) return name in row.refused ? "–" : "";
      return `${milliseconds(peer.secondsPerStep)} (${significant(ratioOf(peer, row.ours))}×)`;
    });
    return [[row.title, milliseconds(row.ours.secondsPerStep), ...cells]];
  });
  return { head: ["ms a step", "elbow", ...PEER_HEADS], lines };
}

function notes({ results }: Report): string[] {
  return results.flatMap((row) => {
    if (row.kind === "failed") return [`${row.title}: ${row.reason}`];
    if (row.kind === "many") return [aboutMany(row)];
    if (row.kind !== "step") return [];
    return Object.entries(row.refused).map(([name, why]) => `${row.title}, ${name}: ${why}`);
  });
}

function aboutMany(row: ManyResult): string {
  const { sizes, whole, title } = row;
  const { excess, stepsInTurnRatio } = manyRatios(row);
  const steps = sizes.map(({ fits, secondsPerStep }) => `${milliseconds(secondsPerStep)} ms for ${fits}`).join(", ");
  return (
    `${title}: a step takes ${steps}; all of them ${significant(excess)} × ${sizes.at(-1)!.fits / sizes.at(-2)!.fits} ` +
    `times as long as ${sizes.at(-2)!.fits}, and one after the other ${significant(stepsInTurnRatio)} times as long as side by side. ` +
    `A whole fit takes ${milliseconds(whole.secondsTogether)} ms among ${whole.fits} and ${milliseconds(whole.secondsInTurn)} ms ` +
    `alone: ${significant(whole.secondsInTurn / whole.secondsTogether)} times as long`
  );
}

function facts({ ceilings, first }: Report): string[] {
  const lines = [
    `multiply-add ${significant(ceilings.flops / 1e9)} GFLOP/s, copy ${significant(ceilings.bytesPerSecond / 1e9)} GB/s, ` +
      `dispatch ${significant(1e6 * ceilings.dispatchSeconds)} µs, exp ${significant(ceilings.expPerSecond / 1e6)} M/s, ` +
      `log ${significant(ceilings.logPerSecond / 1e6)} M/s, normals ${significant(ceilings.normalsPerSecond / 1e6)} M/s`,
  ];
  if (first !== null) {
    const { importSeconds, adapterSeconds, compileSeconds, stepSeconds } = first;
    const total = importSeconds + adapterSeconds + compileSeconds + stepSeconds;
    lines.push(
      `first result of eight schools ${milliseconds(total)} ms: import ${milliseconds(importSeconds)}, ` +
        `adapter ${milliseconds(adapterSeconds)}, compile ${milliseconds(compileSeconds)}, step ${milliseconds(stepSeconds)}`,
    );
  }
  return lines;
}

function growthTable({ growth }: Report): Table {
  const lines = growth.map(({ name, axis, points, slope }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    const from = `${milliseconds(first.secondsPerStep)} ms at ${axis} = ${first.size}`;
    return [name, from, `${milliseconds(last.secondsPerStep)} ms at ${last.size}`, slope.toFixed(2)];
  });
  return { head: ["growth", "from", "to", "slope"], lines };
}

export function toText(report: Report): string {
  const table = ({ head, lines }: Table): string => textTable(head, lines);
  const parts = [`${report.host}, ${report.adapter.description}`, ...facts(report), "", table(ownTable(report))];
  const peers = peerTable(report);
  if (peers.lines.length > 0) parts.push("", "behind each peer's time: how many times as long as ours", table(peers));
  if (report.growth.length > 0) parts.push("", table(growthTable(report)));
  const remarks = notes(report);
  if (remarks.length > 0) parts.push("", ...remarks);
  return parts.join("\n");
}

export function toMarkdown(report: Report): string {
  const table = ({ head, lines }: Table): string =>
    [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...lines]
      .map((cells) => `| ${cells.join(" | ")} |`)
      .join("\n");
  const parts = [
    `${report.date.toISOString().slice(0, 10)}, elbow-gpu ${report.version}, ${report.host}, ${report.adapter.description}` +
      `${report.quick ? " (quick)" : ""}.`,
    ...facts(report).map((line) => `- ${line}`),
    table(ownTable(report)),
    table(peerTable(report)),
  ];
  if (report.growth.length > 0) parts.push(table(growthTable(report)));
  parts.push(...notes(report).map((line) => `- ${line}`));
  return `${parts.join("\n\n")}\n`;
}
