/** The results as a table for a terminal and as docs/results.md. */
import { textTable } from "../../src/cli/table.ts";
import { type Guide, median, type ResultRow } from "./compare.ts";
import { STAN, STAN_SOURCE, type StanResult } from "./stan.ts";
import { hasTargets } from "./targets.ts";

interface Conditions {
  readonly device: string;
  readonly version: string;
  readonly seeds: readonly number[];
  readonly date: Date;
}

/** The fits of one example with one guide, over its seeds. */
interface Cell {
  readonly example: string;
  readonly guide: Guide;
  readonly rows: readonly ResultRow[];
}

function cells(rows: readonly ResultRow[]): Cell[] {
  const byKey = new Map<string, ResultRow[]>();
  for (const row of rows) {
    const key = `${row.posterior}|${row.guide}`;
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return [...byKey.values()].map((list) => ({ example: list[0]!.posterior, guide: list[0]!.guide, rows: list }));
}

const over = ({ rows }: Cell, of: (row: ResultRow) => number | null): number[] =>
  rows.map((row) => of(row) ?? Number.NaN);
const shown = (x: number, decimals: number): string => (Number.isFinite(x) ? x.toFixed(decimals) : "–");

/** "5 reliable", "3 unreliable, 2 not-converged". */
function verdicts({ rows }: Cell): string {
  const counts = new Map<string, number>();
  for (const { verdict } of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, n]) => `${n} ${verdict}`).join(", ");
}

const HEAD = [
  "example",
  "guide",
  "worst mean",
  "rms mean",
  "sd ratios",
  "ELBO",
  "evidence",
  "exact",
  "k̂",
  "verdicts",
  "steps",
  "seconds",
  "holds",
] as const;

const TEXT: ReadonlySet<string> = new Set(["example", "guide", "verdicts", "holds"]);

function line(cell: Cell): string[] {
  const missed = cell.rows.filter((row) => row.missed.length > 0).length;
  const holds = !hasTargets(cell.example, cell.guide)
    ? ""
    : missed === 0
      ? "yes"
      : `no, ${missed} of ${cell.rows.length} miss`;
  const lowest = Math.min(...over(cell, (row) => row.minSdRatio));
  const highest = Math.max(...over(cell, (row) => row.maxSdRatio));
  return [
    cell.example,
    cell.guide,
    shown(Math.max(...over(cell, (row) => row.maxMeanError)), 3),
    shown(median(over(cell, (row) => row.rmsMeanError)), 3),
    `${shown(lowest, 2)}–${shown(highest, 2)}`,
    shown(median(over(cell, (row) => row.elbo)), 3),
    shown(median(over(cell, (row) => row.evidence.value)), 3),
    shown(cell.rows[0]!.evidence.reference, 3),
    shown(median(over(cell, (row) => row.khat)), 2),
    verdicts(cell),
    String(Math.round(median(over(cell, (row) => row.steps)))),
    shown(median(over(cell, (row) => row.seconds)), 1),
    holds,
  ];
}

export function terminalTable(rows: readonly ResultRow[]): string {
  return textTable(
    HEAD,
    cells(rows).map(line),
    HEAD.map((name) => (TEXT.has(name) ? "left" : "right")),
  );
}

const markdownRow = (cellTexts: readonly string[]): string => `| ${cellTexts.join(" | ")} |`;

export function markdownTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  leftColumns: number,
): string {
  const rule = head.map((name, i) => (i < leftColumns || TEXT.has(name) ? "---" : "---:"));
  return [head, rule, ...lines].map(markdownRow).join("\n");
}

const stanCell = ({ maxMeanError, rmsMeanError, rmsLog2Sd, status }: StanResult): string =>
  `${maxMeanError}/${rmsMeanError}; ${rmsLog2Sd}${status === undefined ? "" : ` (${status})`}`;

function ourCell(all: readonly Cell[], example: string, guide: Guide): string {
  const cell = all.find((c) => c.example === example && c.guide === guide);
  if (cell === undefined) return "–";
  const [max, rms, sd] = (["maxMeanError", "rmsMeanError", "rmsLog2Sd"] as const).map((key) =>
    median(over(cell, (row) => row[key])).toFixed(2),
  );
  return `${max}/${rms}; ${sd} (${verdicts(cell)})`;
}

export function page(rows: readonly ResultRow[], { device, version, seeds, date }: Conditions): string {
  const all = cells(rows);
  const stanLines = Object.entries(STAN).map(([example, stan]) => [
    example,
    ourCell(all, example, "mean-field"),
    stanCell(stan.meanField),
    ourCell(all, example, "full-rank"),
    stanCell(stan.fullRank),
    stanCell(stan.pathfinder),
  ]);
  const misses = rows.flatMap((row) =>
    row.missed.map((text) => `- ${row.posterior}, ${row.guide}, seed ${row.seed}: ${text}`),
  );
  return `# Results

Every example with both guides, default settings, seeds ${seeds.join(", ")}. This page is written by

\`\`\`sh
npm run results
\`\`\`

on ${date.toISOString().slice(0, 10)}: elbow-gpu ${version}, Node ${process.version}, device ${device}.

## Against the reference answers

The references (\`tests/reference/\`) are closed forms and quadrature, but for wells, which is importance sampling with
100,000 draws. Errors are in standard deviations of the reference.

${markdownTable(HEAD, all.map(line), 2)}

- worst mean: the largest |mean − reference| / sd over all parameters and seeds; rms mean: over parameters, median over seeds.
- sd ratios: the smallest and the largest sd / reference sd over all parameters and seeds.
- ELBO, evidence (by importance sampling), k̂, steps, seconds (compiling and optimising; the final evaluation comes on
  top): medians over seeds.
- holds: whether every seed met what \`bench/results/targets.ts\` asks of the example.
${misses.length === 0 ? "" : `\nMissed:\n\n${misses.join("\n")}\n`}
A mean-field Gaussian cannot have the sds of a correlated posterior: small ratios there are the family's, not the
optimiser's, and the verdict says so. The ELBO's optimum is what a fit can reach; the evidence is above it by
KL(q ‖ posterior).

## Beside Stan's variational methods

Each cell: |mean − reference| / sd as max/rms over parameters; the rms of log2(sd / reference sd). Medians over seeds.
Stan's figures:
${STAN_SOURCE}.

${markdownTable(["example", "Elbow mean-field", "Stan mean-field", "Elbow full-rank", "Stan full-rank", "Stan Pathfinder"], stanLines, 1)}
`;
}
