/** A fit as text for a terminal: the table of its parameters, its verdict, what that rests on. */
import type { Posterior } from "../posterior/posterior.ts";
import type { SummaryRow } from "../posterior/summary.ts";
import type { Verdict } from "../posterior/verdict.ts";
import { elboChart } from "./chart.ts";
import { textTable } from "./table.ts";
import type { Style } from "./terminal.ts";
import { count, decimalsFor, fixed, labelled, plural, plusMinus, seconds, wrap } from "./text.ts";

/** More rows than this and long sites are shown by their ends. */
const MOST_ROWS = 40;
const HEAD = 3;
const TAIL = 2;

export interface ReportOptions {
  readonly columns: number;
  readonly style: Style;
  /** Show every row of the summary. */
  readonly all?: boolean;
}

export function report(posterior: Posterior, { columns, style, all = false }: ReportOptions): string {
  const parts = [
    summaryTable(posterior, all),
    verdictText(posterior, columns, style),
    labelled(figures(posterior), columns),
  ];
  const chart = elboChart(traceOf(posterior), columns);
  if (chart !== null) parts.push(`ELBO by step\n${chart}`);
  return `${parts.join("\n\n")}\n`;
}

const traceOf = ({ result }: Posterior): ArrayLike<number> =>
  "elboTrace" in result && result.elboTrace instanceof Float64Array ? result.elboTrace : [];

/** The summary; long sites by their first and last rows where the table would be long. */
export function summaryTable(posterior: Posterior, all: boolean): string {
  const { rows } = posterior.summary();
  const sites = new Map<string, [string, SummaryRow][]>();
  for (const [name, row] of rows) {
    const site = name.replace(/\[[\d,]+\]$/, "");
    sites.set(site, [...(sites.get(site) ?? []), [name, row]]);
  }
  let hidden = 0;
  const lines: string[][] = [];
  for (const entries of sites.values()) {
    const whole = all || rows.size <= MOST_ROWS || entries.length <= HEAD + TAIL + 1;
    const shown = whole ? entries : [...entries.slice(0, HEAD), null, ...entries.slice(-TAIL)];
    for (const entry of shown) {
      if (entry !== null) lines.push(cells(...entry));
      else {
        lines.push([`… ${entries.length - HEAD - TAIL} more`, "", "", "", "", ""]);
        hidden += entries.length - HEAD - TAIL;
      }
    }
  }
  const table = textTable(["", "mean", "sd", "5%", "50%", "95%"], lines);
  return hidden === 0 ? table : `${table}\n${plural(hidden, "row")} not shown (--all shows them, --json has them)`;
}

function cells(name: string, { mean, sd, quantiles }: SummaryRow): string[] {
  const decimals = decimalsFor(sd);
  const numbers = [mean, sd, quantiles.q05, quantiles.q50, quantiles.q95];
  return [name, ...numbers.map((x) => fixed(x ?? Number.NaN, decimals))];
}

const MEANINGS: Readonly<Record<Verdict, string>> = {
  reliable: "converged, and importance weights find nothing that the guide misses (a mode never visited stays unseen)",
  unreliable: "converged, but the posterior is not of the guide's shape: do not take the table as it stands",
  "not-converged": "stopped before it converged: the table shows the state it had reached",
  failed: "no usable answer",
};

const COLOURS = { reliable: "green", unreliable: "yellow", "not-converged": "yellow", failed: "red" } as const;

function verdictText({ verdict, reasons }: Posterior, columns: number, style: Style): string {
  const head = wrap(`verdict: ${verdict}: ${MEANINGS[verdict]}`, columns, 2);
  const coloured = head.replace(`verdict: ${verdict}`, (text) => style(style(text, COLOURS[verdict]), "bold"));
  return [coloured, ...reasons.map((reason) => `  - ${wrap(reason, columns, 4)}`)].join("\n");
}

function figures(posterior: Posterior): [string, string][] {
  const found = posterior.diagnose();
  const { forms } = found.elbo;
  const form = (name: string, estimate: { value: number; standardError: number } | null): string =>
    estimate === null ? `no closed ${name} form` : `${name} form ${plusMinus(estimate.value, estimate.standardError)}`;
  const rows: [string, string][] = [
    ["ELBO", plusMinus(found.elbo.value, found.elbo.standardError)],
    ["", `${form("entropy", forms.entropy)}, ${form("KL", forms.kl)}`],
  ];
  if (found.objective !== null) {
    const { name, value, standardError } = found.objective;
    rows.push([name, value === null ? "unknown: see the reasons" : plusMinus(value, standardError)]);
  }
  if (found.evidence !== null) {
    const { value, standardError, divergence, warning } = found.evidence;
    const gap = fixed(divergence.value, 3);
    const text =
      warning === null
        ? `${plusMinus(value, standardError)}, hence KL(q ‖ posterior) ≈ ${gap}`
        : `${fixed(value, 2)} or more, hence KL(q ‖ posterior) ${gap} or more: such weights underestimate it`;
    rows.push(["log evidence", text]);
  }
  const khat = Number.isFinite(found.khat) ? found.khat.toFixed(2) : "∞";
  const meaning =
    found.khat < 0.7 ? "below 0.7: the weights can be trusted" : "not below 0.7: the weights cannot be trusted";
  rows.push(["Pareto k̂", `${khat} (${meaning})`]);
  const { fit, nan, impossible } = found.nonFinite;
  if (fit + nan + impossible > 0) {
    const text = `${count(fit)} while fitting; ${count(nan)} NaN and ${count(impossible)} −∞ in the final evaluation`;
    rows.push(["non-finite draws", text]);
  }
  const { compile, run, check } = found.seconds;
  rows.push(["stopped", `${found.stopped} after ${plural(found.steps, "step")}`]);
  rows.push(["time", `${seconds(compile)} compiling, ${seconds(run)} running, ${seconds(check)} checking`]);
  return rows;
}
