/** The rows as a table for a terminal and as docs/posteriordb.md. */
import { textTable } from "../../src/cli/table.ts";
import { markdownTable } from "../results/page.ts";
import type { PosteriorRow } from "./row.ts";

const HEAD = [
  "posterior",
  "guide",
  "seed",
  "max mean",
  "rms mean",
  "sd ratios",
  "ELBO",
  "evidence",
  "reference",
  "k̂",
  "verdict",
  "steps",
  "seconds",
] as const;
const TEXT: ReadonlySet<string> = new Set(["posterior", "guide", "verdict"]);

const shown = (x: number | null, decimals: number): string => (x === null ? "–" : x.toFixed(decimals));

function line(row: PosteriorRow): string[] {
  const { value, standardError, reference } = row.evidence;
  return [
    row.posterior,
    row.guide,
    String(row.seed),
    shown(row.maxMeanError, 3),
    shown(row.rmsMeanError, 3),
    `${shown(row.minSdRatio, 2)}–${shown(row.maxSdRatio, 2)}`,
    shown(row.elbo, 2),
    value === null ? "–" : `${shown(value, 3)} ± ${shown(standardError, 3)}`,
    shown(reference, 3),
    shown(row.khat, 2),
    row.verdict,
    String(row.steps),
    shown(row.seconds, 1),
  ];
}

export const terminalTable = (rows: readonly PosteriorRow[]): string =>
  textTable(
    HEAD,
    rows.map(line),
    HEAD.map((name) => (TEXT.has(name) ? "left" : "right")),
  );

interface Conditions {
  readonly device: string;
  readonly version: string;
  readonly seeds: readonly number[];
  readonly date: Date;
}

export function page(rows: readonly PosteriorRow[], misses: readonly string[], conditions: Conditions): string {
  const { device, version, seeds, date } = conditions;
  return `# posteriordb

The 19 posteriors of \`examples/posteriordb\` with both guides, default settings, seeds ${seeds.join(", ")}. This page is
written by

\`\`\`sh
npm run posteriordb
\`\`\`

on ${date.toISOString().slice(0, 10)}: elbow-gpu ${version}, Node ${process.version}, device ${device}. Reference answers:
\`tests/posteriordb/reference\`. Log densities and gradients are held to Stan's by \`tests/posteriordb\`.

${markdownTable(HEAD, rows.map(line), 2)}

- max mean, rms mean: |mean − reference| / reference sd over parameters; sd ratios: smallest and largest sd / reference sd.
- evidence by importance sampling from the fitted guide, beside the reference where there is one.
- seconds: compiling and optimising; the final evaluation comes on top.

${misses.length === 0 ? "Every bar of `bench/posteriordb/bars.ts` holds." : `Bars of \`bench/posteriordb/bars.ts\` that were missed:\n\n${misses.map((text) => `- ${text}`).join("\n")}`}
`;
}
