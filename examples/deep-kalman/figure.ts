/**
 * Writes bands.png: the days kept back, and what was foreseen of each of them from the days before. It takes parameters.json,
 * which `elbow fit examples/deep-kalman --save` wrote.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { train } from "elbow-gpu";
import { launchOptions } from "elbow-gpu/node";
import { launch } from "puppeteer";
import model, { DAYS, heldOut, type Indices, returnsOf, training } from "./model.ts";

const NAMES = ["DAX", "SMI", "CAC", "FTSE"];
const [WIDTH, HEIGHT, LEFT, TOP] = [920, 150, 46, 22];
/** Percent a day at the edges of a panel. */
const REACH = 6;
/** Of a normal: 95% lie within. */
const QUANTILE = 1.96;

/** Windows that begin every half window, so that each day has at least as many days before it. */
const OVERLAP = DAYS / 2;
const overlapping = (data: Indices): Indices => {
  const { first, count } = heldOut(data);
  return { ...data, first: first - OVERLAP, count: count + OVERLAP, stride: OVERLAP };
};

/** Standard deviations of the latter halves of those windows, one after the other: four a day. */
function joined(foreseen: ArrayLike<number>): number[][] {
  const rows = Array.from({ length: foreseen.length / 4 }, (_, t) =>
    [0, 1, 2, 3].map((k) => Math.sqrt(foreseen[t * 4 + k]!)),
  );
  return rows.filter((_, t) => t % DAYS >= OVERLAP);
}

function chart(data: Indices, scales: readonly number[][]): string {
  const all = returnsOf(data);
  const { first, count } = heldOut(data);
  const returns = all.slice(first, first + count);
  const before = all.slice(0, first);
  const x = (t: number): number => LEFT + (t * (WIDTH - LEFT - 10)) / (count - 1);
  const panels = NAMES.map((name, k) => {
    const y = (value: number): number => (HEIGHT - 12) * (0.5 - Math.max(-1, Math.min(1, value / REACH)) / 2);
    const sd = Math.sqrt(before.reduce((sum, row) => sum + row[k]! ** 2, 0) / first);
    const edge = (sign: number): string[] =>
      scales.map((row, t) => `${x(t).toFixed(1)},${y(sign * QUANTILE * row[k]!).toFixed(1)}`);
    const band = `<polygon points="${[...edge(1), ...edge(-1).reverse()].join(" ")}" fill="#b9d3ee"/>`;
    const lines = [1, -1].map((sign) => {
      const level = y(sign * QUANTILE * sd).toFixed(1);
      return `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${level}" y2="${level}" stroke="#c0392b" stroke-dasharray="5 4"/>`;
    });
    const dots = returns.map(
      (row, t) => `<circle cx="${x(t).toFixed(1)}" cy="${y(row[k]!).toFixed(1)}" r="1.5" fill="#222"/>`,
    );
    const ticks = [-4, 0, 4].map(
      (v) => `<text x="${LEFT - 6}" y="${y(v) + 4}" text-anchor="end">${v > 0 ? "+" : ""}${v}%</text>`,
    );
    const label = `<text x="${LEFT + 6}" y="14" font-weight="bold">${name}</text>`;
    return `<g transform="translate(0 ${TOP + k * HEIGHT})">${band}${lines.join("")}${dots.join("")}${ticks.join("")}${label}</g>`;
  });
  const height = TOP + NAMES.length * HEIGHT + 20;
  const days = [0, 100, 200, 300, 400].map(
    (t) => `<text x="${x(t)}" y="${height - 8}" text-anchor="middle">day ${first + t + 1}</text>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="white"/><text x="${LEFT}" y="15">returns of the days kept back; 95% bands foreseen ` +
    `from the days before (blue), and of a constant normal (dashed)</text>${panels.join("")}${days.join("")}</svg>`
  );
}

async function writePng(svg: string, file: string): Promise<void> {
  const browser = await launch(await launchOptions());
  const page = await browser.newPage();
  await page.setViewport({ width: WIDTH, height: TOP + NAMES.length * HEIGHT + 20 });
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  await page.screenshot({ path: file as `${string}.png` });
  await browser.close();
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const data = JSON.parse(readFileSync(join(folder, "data.json"), "utf8")) as Indices;
const { arrays } = JSON.parse(readFileSync(join(folder, "parameters.json"), "utf8")) as {
  readonly arrays: Readonly<Record<string, { readonly values: readonly number[] }>>;
};
const parameters = Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, values]));
await using trained = await train(model, data, { guide: training.guide, parameters, steps: 0 });
const { foreseen } = await trained.values(["foreseen"], overlapping(data), { draws: 100 });
await writePng(chart(data, joined(foreseen!)), join(folder, "bands.png"));
