/** The ELBO while it rises: a live line, and the whole with its band once the fit is done. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** Points of the finished trace. */
const BINS = 200;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Step, mean, mean − 2 sd, mean + 2 sd of the estimates of neighbouring steps; steps without one left out. */
export function banded(trace: Float64Array): [number[], number[], number[], number[]] {
  const width = Math.max(1, Math.ceil(trace.length / BINS));
  const columns: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let start = 0; start < trace.length; start += width) {
    const values = trace.subarray(start, start + width).filter(Number.isFinite);
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
  readonly #steps: number[] = [];
  readonly #elbo: number[] = [];

  constructor(place: HTMLElement) {
    const ink = colour("--ink");
    const faint = colour("--line");
    const accent = colour("--accent");
    const axis = { stroke: ink, grid: { stroke: faint }, ticks: { stroke: faint } };
    this.#plot = new uPlot(
      {
        width: Math.max(260, place.clientWidth),
        height: 180,
        legend: { show: false },
        scales: { x: { time: false } },
        axes: [
          { ...axis, label: "step", labelSize: 20, size: 34 },
          { ...axis, size: 64 },
        ],
        series: [
          {},
          { stroke: accent, width: 2, label: "ELBO" },
          { stroke: "transparent", label: "low" },
          { stroke: "transparent", label: "high" },
        ],
        bands: [{ series: [3, 2], fill: `${accent}33` }],
      },
      [[], [], [], []],
      place,
    );
  }

  add(step: number, elbo: number): void {
    this.#steps.push(step);
    this.#elbo.push(elbo);
    this.#plot.setData([this.#steps, this.#elbo, this.#elbo, this.#elbo]);
  }

  finish(trace: Float64Array): void {
    this.#plot.setData(banded(trace));
  }

  dispose(): void {
    this.#plot.destroy();
  }
}
