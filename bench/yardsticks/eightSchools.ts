import { leafClosure } from "../../src/compile/leaves.ts";
import type { EightSchools } from "../suite/data.ts";
import { Bare } from "../suite/gpu.ts";
import { SCALE, STEP_SIZE } from "../suite/ours.ts";
import text from "./eightSchools.wgsl?raw";
import type { Yardstick } from "./index.ts";

const MOST_STEPS = 500;

/** log of every constant of the joint, and of q, the first scales among them: what the kernel leaves out. */
function constantOf({ sigma }: EightSchools): number {
  const logs = sigma.reduce((sum, s) => sum + Math.log(s), 0);
  // Of 2π: 8 + 1 + 8 normals of the model against the 10 of q.
  return -logs - 3.5 * Math.log(2 * Math.PI) - Math.log(5) + Math.log(2 / (5 * Math.PI)) + 10 * Math.log(SCALE);
}

export async function eightSchoolsYardstick(data: EightSchools): Promise<Yardstick> {
  const began = performance.now();
  const bare = await Bare.open();
  const wgsl = `${leafClosure(["threefry2x32", "threefryWords4", "normalFromBits", "e_exp", "e_log1p"])}\n${text}`;
  const control = bare.uniform(new Uint32Array(8));
  const given = new Float32Array(32);
  for (let k = 0; k < 8; k++) given.set([data.y[k]!, 1 / data.sigma[k]!], 4 * k);
  const state = bare.storage(20 * 16);
  const trace = bare.storage(4 * MOST_STEPS);
  const kernel = await bare.kernel("eight schools", wgsl, [control, bare.storage(given), state, trace]);
  const compiled = performance.now();
  let taken = 0;
  const steps = async (n: number): Promise<number> => {
    let last = 0;
    for (let left = n; left > 0; left -= last) {
      last = Math.min(left, MOST_STEPS);
      const words = new Uint32Array([last, 1, taken, 0, 0, 0, 0, 0]);
      new Float32Array(words.buffer).set([STEP_SIZE, constantOf(data)], 3);
      bare.raw.queue.writeBuffer(control, 0, words);
      bare.submit([{ kernel, workgroups: [1] }]);
      taken += last;
    }
    return new Float32Array(await bare.read(trace, 4, 4 * (last - 1)))[0]!;
  };
  const firstElbo = await steps(1);
  return {
    name: "yardstick",
    compileSeconds: (compiled - began) / 1000,
    firstSeconds: (performance.now() - began) / 1000,
    firstElbo,
    steps,
    dispose: () => bare.dispose(),
  };
}
