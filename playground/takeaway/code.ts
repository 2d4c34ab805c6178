import { blocksOf, type Family, MAKERS } from "../guides.ts";
import type { Settings } from "../worker/protocol.ts";

const makerOf = (family: Family): string => MAKERS[family];

/** A guide as the library makes it, and what has to be imported for that. */
function guideCode(name: string): { readonly made: string; readonly imports: readonly string[] } {
  const blocks = blocksOf(name);
  if (blocks === null) return { made: `${makerOf(name as Family)}()`, imports: [makerOf(name as Family)] };
  const parts = Object.entries(blocks).map(([site, family]) => `${keyOf(site)}: ${makerOf(family)}()`);
  const families = [...new Set<Family>(Object.values(blocks))].map(makerOf);
  return { made: `guide({ ${parts.join(", ")} })`, imports: ["guide", ...families] };
}

const keyOf = (site: string): string => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(site) ? site : JSON.stringify(site));

/** A program that makes the same fit with the library. */
export function codeOf({ guide, draws, steps, seed, device }: Settings): string {
  const { made, imports } = guideCode(guide);
  return `import { ${["fit", ...imports, "openDevice"].sort().join(", ")} } from "elbow-gpu";
import data from "./data.json" with { type: "json" };
import model from "./model.ts";

await using device = await openDevice({ kind: "${device}" });
const posterior = await fit(model, data, {
  device,
  guide: ${made},
  draws: ${draws},
  steps: ${steps},
  seed: ${seed},
});
console.log(String(posterior.diagnose()));
console.log(String(posterior.summary()));
`;
}
