/** Time against size: measured in the suite, one chart a model. */
import { mkdirSync } from "node:fs";
import { root } from "./build.ts";
import type { Host } from "./host.ts";
import type { GrowthResult } from "./suite/main.ts";

export async function measureGrowth(
  host: Host,
  quick: boolean,
  onLine: (text: string) => void,
): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  for (const name of await host.call("growthNames")) {
    const found = await host.call("growth", name, quick);
    onLine(`growth, ${name}: slope ${found.slope.toFixed(2)}`);
    results.push(found);
  }
  return results;
}

/** docs/growth/MODEL.png, every series of a model in one chart. */
export async function drawCharts(host: Host, results: readonly GrowthResult[]): Promise<void> {
  const folder = `${root}/docs/growth`;
  mkdirSync(folder, { recursive: true });
  const modelOf = ({ name }: GrowthResult): string => name.split(":")[0]!;
  for (const model of new Set(results.map(modelOf))) {
    const series = results.filter((result) => modelOf(result) === model);
    await host.chart(`${folder}/${model.replace(/ /g, "-")}.png`, model, series);
  }
}
