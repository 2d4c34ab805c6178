/** The ELBO while it rises, with the spread of its estimates. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** Points of a trace. */
const BINS = 200;
/** Steps a point stands for at least, where there are enough of them. */
const FEWEST = 5;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A bound that is exact does not vary: its scale does not follow the rounding. */
function roomy(low: number | null, high: number | null): [number, number] {
  const [from, to] = [low ?? 0, high ?? 1];
  const margin = Math.max(0.08 * (to - from), 0.05 - (to - from) / 2);
  return [from - margin, to + margin];
}

/** Step, mean, mean − 2 sd, mean + 2 sd of the estimates of neighbouring steps; steps without one left out. */
export function banded(trace: ArrayLike<number>): [number[], number[], number[], number[]] {
  // Of fewer than three there is no spread.
  const width = Math.max(Math.min(FEWEST, Math.ceil(trace.length / FEWEST)), Math.ceil(trace.length / BINS));
  const columns: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let start = 0; start < trace.length; start += width) {
    const values = Array.from({ length: Math.min(width, trace.length - start) }, (_, i) => trace[start + i]!).filter(
      Number.isFinite,
    );
    if (values.length === 0) continue;
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1));
    [start + width / 2, mean, mean - 2 * sd, mean + 2 * sd].forEach((x, k) => {
      columns[k]!.push(x);
    });
  }
  return columns;
}

export class TracePlot {
  readonly #plot: uPlot;
  readonly #watch: ResizeObserver;

  constructor(place: HTMLElement) {
    const ink = colour("--ink");
    const faint = colour("--line");
    const accent = colour("--accent");
    const axis = { stroke: ink, grid: { stroke: faint }, ticks: { stroke: faint } };
    const size = () => ({ width: Math.max(260, place.clientWidth), height: 180 });
    this.#plot = new uPlot(
      {
        ...size(),
        legend: { show: false },
        scales: { x: { time: false }, y: { range: (_, low, high) => roomy(low, high) } },
        axes: [
          { ...axis, label: "step", labelSize: 20, size: 34 },
          { ...axis, label: "ELBO", labelSize: 18, size: 64 },
        ],
        series: [
          {},
          { stroke: accent, width: 2, label: "ELBO" },
          { stroke: "transparent", label: "low" },
          { stroke: "transparent", label: "high" },
        ],
        bands: [{ series: [3, 2], fill: `color-mix(in srgb, ${accent} 25%, transparent)` }],
      },
      [[], [], [], []],
      place,
    );
    this.#watch = new ResizeObserver(() => this.#plot.setSize(size()));
    this.#watch.observe(place);
  }

  show(trace: ArrayLike<number>): void {
    this.#plot.setData(banded(trace));
  }

  dispose(): void {
    this.#watch.disconnect();
    this.#plot.destroy();
  }
}
