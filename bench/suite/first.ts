/** A visitor's first result: adapter, trace, compile and one step of eight schools. The import is timed by the caller. */
import eightSchoolsModel from "../../examples/eight-schools/model.ts";
import { type Model, openDevice } from "../../src/index.ts";
import type { EightSchools } from "./data.ts";
import { ours } from "./ours.ts";

export interface FirstResult {
  readonly adapterSeconds: number;
  readonly compileSeconds: number;
  readonly stepSeconds: number;
}

export async function first(data: EightSchools): Promise<FirstResult> {
  const began = performance.now();
  const device = await openDevice({ kind: "gpu" });
  const opened = performance.now();
  const trace = () => (eightSchoolsModel as unknown as Model<EightSchools>).trace(data);
  const { compileSeconds, firstSeconds } = await ours("elbow", trace, "mean-field", 64, device);
  return { adapterSeconds: (opened - began) / 1000, compileSeconds, stepSeconds: firstSeconds - compileSeconds };
}
