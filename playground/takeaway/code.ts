import { GUIDE_MAKERS, type GuideBlocks, type GuideName, guideWords } from "../../src/guides/names.ts";
import { DEFAULT_OBJECTIVE, OBJECTIVE_MAKERS, objectiveWords } from "../../src/objectives/names.ts";
import type { Settings, SiteDescription } from "../worker/protocol.ts";

/** An expression of the library, and what has to be imported for it. */
interface Code {
  readonly made: string;
  readonly imports: readonly string[];
}

const called = (maker: string, options = ""): Code => ({ made: `${maker}(${options})`, imports: [maker] });

const familyCode = (family: GuideBlocks[string]): Code =>
  called(family === "categorical" ? family : GUIDE_MAKERS[family]);

function continuousCode(words: GuideName | GuideBlocks): Code {
  if (typeof words === "string") return familyCode(words);
  const blocks = Object.entries(words).map(([site, family]) => [keyOf(site), familyCode(family)] as const);
  return {
    made: `guide({ ${blocks.map(([key, { made }]) => `${key}: ${made}`).join(", ")} })`,
    imports: ["guide", ...blocks.flatMap(([, { imports }]) => imports)],
  };
}

/** Discrete sites that are not summed out need a q of their own, where the words give them none. */
function guideCode(text: string, sites: readonly SiteDescription[]): Code {
  const words = guideWords(text);
  const code = continuousCode(words);
  const left = sites.filter(({ name, role }) => role === "discrete" && (typeof words === "string" || !(name in words)));
  if (left.length === 0) return code;
  return { made: `withCategoricals(${code.made})`, imports: ["withCategoricals", ...code.imports] };
}

function objectiveCode(text: string): Code {
  const { name, options } = objectiveWords(text);
  const entries = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return called(OBJECTIVE_MAKERS[name], entries.length === 0 ? "" : `{ ${entries.join(", ")} }`);
}

const keyOf = (site: string): string => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(site) ? site : JSON.stringify(site));

/** A program that makes the same fit with the library, beside the model and its data. */
export function codeOf(settings: Settings, sites: readonly SiteDescription[]): string {
  const { draws, steps, seed, device } = settings;
  const guide = guideCode(settings.guide, sites);
  const objective = settings.objective === DEFAULT_OBJECTIVE ? null : objectiveCode(settings.objective);
  const imports = new Set(["fit", "openDevice", ...guide.imports, ...(objective?.imports ?? [])]);
  return `// fit.ts, beside model.ts and data.json. npm install elbow-gpu webgpu@0.6.2, then: npx jiti fit.ts
import { ${[...imports].sort().join(", ")} } from "elbow-gpu";
import data from "./data.json" with { type: "json" };
import model from "./model.ts";

const device = await openDevice({ kind: "${device}" });
const posterior = await fit(model, data, {
  device,
  guide: ${guide.made},${objective === null ? "" : `\n  objective: ${objective.made},`}
  draws: ${draws},
  steps: ${steps},
  seed: ${seed},
});
console.log(String(posterior.diagnose()));
console.log(String(posterior.summary()));
posterior.dispose();
device.dispose();
`;
}

/** A program that makes the same training with the library, beside the model and its data. */
export function trainingCodeOf({ steps, seed, device }: Pick<Settings, "steps" | "seed" | "device">): string {
  return `// train.ts, beside model.ts and data.json. npm install elbow-gpu webgpu@0.6.2, then: npx jiti train.ts
import { adam, openDevice, train } from "elbow-gpu";
import data from "./data.json" with { type: "json" };
import model, { training } from "./model.ts";

await using device = await openDevice({ kind: "${device}" });
await using trained = await train(model, data, {
  device,
  guide: training.guide,
  optimizer: adam({ stepSize: training.stepSize }),
  steps: ${steps},
  seed: ${seed},
});
const { bounds, scores } = await trained.evaluate(training, { seed: ${seed} });
console.log(trained.judge(bounds), bounds.elbo, bounds.importanceWeighted, scores);
`;
}
