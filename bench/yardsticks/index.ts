import type { TracedModel } from "../../src/model/traced.ts";
import type { Contender } from "../suite/contender.ts";
import type { Ours } from "../suite/ours.ts";
import type { YardstickName } from "../suite/rows.ts";

export async function yardstick(
  name: YardstickName,
  _data: unknown,
  _draws: number,
  _traced: TracedModel,
  _own: Ours,
): Promise<Contender> {
  throw new Error(`no yardstick ${name} yet`);
}
