import { leafClosure } from "../../src/compile/leaves.ts";
import type { Logistic } from "../suite/data.ts";
import { Bare } from "../suite/gpu.ts";
import { STEP_SIZE } from "../suite/ours.ts";
import type { Yardstick } from "./index.ts";
import text from "./logistic.wgsl?raw";
import stepText from "./logisticStep.wgsl?raw";

/** The width the kernel is written for. */
export const LOGISTIC_PREDICTORS = 32;
const ROW_GROUPS = { software: 16, hardware: 256 } as const;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lines = (n: number, line: (i: number) => string): string => range(n).map(line).join("\n");

/** Loops over registers, written out: an array indexed by a loop would not stay in registers. */
function unrolled(): string {
  const draws = range(8);
  const predict = (s: number, k: number): string =>
    `    l${s} += vec4<f32>(dot(x0_${k}, c${s}_${k}), dot(x1_${k}, c${s}_${k}), dot(x2_${k}, c${s}_${k}), dot(x3_${k}, c${s}_${k}));`;
  const gradient = (s: number, k: number): string =>
    `    g${s}_${k} += l${s}.x * x0_${k} + l${s}.y * x1_${k} + l${s}.z * x2_${k} + l${s}.w * x3_${k};`;
  const blocks = (line: (s: number, k: number) => string): string =>
    lines(8, (k) => draws.map((s) => line(s, k)).join("\n"));
  // Sixteen of the 64 sums at a time: two draws.
  const reduce = (round: number): string =>
    `${lines(16, (i) => `  shared_[${i}u * T + t] = g${2 * round + (i >> 3)}_${i & 7};`)}
  workgroupBarrier();
  {
    var total = vec4<f32>(0.0);
    for (var i = 0u; i < T; i++) { total += shared_[t * T + i]; }
    partialGradient[out + ${16 * round}u + t] = total;
  }
  workgroupBarrier();`;
  const values = `${lines(8, (s) => `  shared_[${s}u * T + t] = v${s};`)}
  workgroupBarrier();
  if (t < 8u) {
    var total = vec4<f32>(0.0);
    for (var i = 0u; i < T; i++) { total += shared_[t * T + i]; }
    partialValue[group.x * shape.draws + firstDraw + t] = dot(total, vec4<f32>(1.0));
  }`;
  const parts: Record<string, string> = {
    DECLARE: lines(
      8,
      (s) =>
        `  var v${s} = vec4<f32>(0.0);${range(8)
          .map((k) => ` var g${s}_${k} = vec4<f32>(0.0);`)
          .join("")}`,
    ),
    COEFFICIENTS: lines(8, (s) =>
      range(8)
        .map((k) => `  let c${s}_${k} = coefficients[${8 * s + k}];`)
        .join(""),
    ),
    LOAD: lines(4, (r) =>
      range(8)
        .map((k) => `    let x${r}_${k} = X[at + ${8 * r + k}u];`)
        .join(""),
    ),
    CLEAR: `${lines(8, (s) => `    var l${s} = vec4<f32>(0.0);`)}`,
    PREDICT: blocks(predict),
    LINK: lines(8, (s) => `    l${s} = link(l${s}, labels, &v${s});`),
    GRADIENT: blocks(gradient),
    REDUCE: `${lines(4, reduce)}\n${values}`,
  };
  return text.replace(/^(DECLARE|COEFFICIENTS|LOAD|CLEAR|PREDICT|LINK|GRADIENT|REDUCE)$/gm, (name) => parts[name]!);
}

export async function logisticYardstick({ X, y, n, d }: Logistic, draws: number): Promise<Yardstick> {
  if (d !== LOGISTIC_PREDICTORS || draws % 8 !== 0) throw new Error("the kernel is written for 32 predictors");
  const began = performance.now();
  const bare = await Bare.open();
  const quads = Math.ceil(n / 4);
  const groups = bare.device.isSoftware ? ROW_GROUPS.software : ROW_GROUPS.hardware;
  const padded = 4 * quads;
  const rows = new Float32Array(padded * d);
  rows.set(X);
  const labels = new Float32Array(padded).fill(0.5);
  labels.set(y);
  // The constants of the standard normal prior and of q cancel; each padded row adds ½ · 0 − softplus(0).
  const constant = (padded - n) * Math.log(2);

  const step = new Uint32Array([1, n, groups, draws, 0, 0, 0, 0]);
  new Float32Array(step.buffer).set([STEP_SIZE, 0, constant], 4);
  const stepBuffer = bare.uniform(step);
  const shape = bare.uniform(new Uint32Array([quads, groups, draws, 0]));
  const state = bare.storage((2 * d + 1) * 16);
  const [z, noise, score] = [0, 1, 2].map(() => bare.storage(draws * d * 4)) as [GPUBuffer, GPUBuffer, GPUBuffer];
  const gradient = bare.storage(groups * draws * d * 4);
  const value = bare.storage(groups * draws * 4);
  const trace = bare.storage(16);
  const link = leafClosure(["e_exp", "e_log1pUnit"]);
  const rest = `${leafClosure(["threefry2x32", "normalFromBits", "e_exp", "e_log"])}\n${stepText}`;
  const [main, draw, gather, update] = await Promise.all([
    bare.kernel("logistic", `${link}\n${unrolled()}`, [
      shape,
      bare.storage(rows),
      bare.storage(labels),
      z,
      gradient,
      value,
    ]),
    bare.kernel("draw", rest, [stepBuffer, state, z, noise], "draw"),
    bare.kernel("gather", rest, [stepBuffer, null, z, null, gradient, null, score], "gather"),
    bare.kernel("update", rest, [stepBuffer, state, z, noise, null, value, score, trace], "update"),
  ]);
  const compiled = performance.now();
  const dispatches = [
    { kernel: draw, workgroups: [Math.ceil((draws * d) / 128)] },
    { kernel: main, workgroups: [groups, draws / 8] },
    { kernel: gather, workgroups: [Math.ceil((draws * d) / 64)] },
    { kernel: update, workgroups: [1] },
  ] as const;
  const steps = async (count: number): Promise<number> => {
    // Not so much in one submission that a browser would think the GPU hung.
    for (let left = count; left > 0; left -= 8) bare.submit(dispatches, Math.min(left, 8));
    return new Float32Array(await bare.read(trace, 4))[0]!;
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
