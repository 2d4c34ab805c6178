import type { Settings } from "../worker/protocol.ts";

/** A program that makes the same fit with the library. */
export function codeOf({ guide, draws, steps, seed, device }: Settings): string {
  const maker = guide.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `import { fit, ${maker}, openDevice } from "elbow-gpu";
import data from "./data.json" with { type: "json" };
import model from "./model.ts";

await using device = await openDevice({ kind: "${device}" });
const posterior = await fit(model, data, {
  device,
  guide: ${maker}(),
  draws: ${draws},
  steps: ${steps},
  seed: ${seed},
});
console.log(String(posterior.diagnose()));
console.log(String(posterior.summary()));
`;
}
