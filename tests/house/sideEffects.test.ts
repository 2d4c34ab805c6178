import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";
import { root } from "../support/repository.ts";

/** What only defines, or continues or ends a definition; and sums of known numbers, which bundlers leave where they are. */
const HARMLESS = /^([\s}\]/*]|$|(var|function|async function) )|^[-\d.*/ ]*(INF(\$\d+)?|Math\.\w+\([\w .*]*\));$/;

test("importing the library calls nothing, so that bundlers may leave out whatever is not used", async () => {
  const entry = "\0entry";
  const made = await build({
    root,
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, target: "es2022", modulePreload: false, rolldownOptions: { input: entry } },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? `import ${JSON.stringify(join(root, "src/index.ts"))};` : null),
        // The package promises that its modules have no side effects; here that is not believed.
        transform: () => ({ moduleSideEffects: true }),
      },
    ],
  });
  const [chunk] = (made as Rolldown.RolldownOutput).output;
  expect(chunk.code).toContain("class");
  // A call that has no effect says so by /* @__PURE__ */.
  expect(chunk.code.split("\n").filter((line) => !HARMLESS.test(line))).toEqual([]);
}, 30_000);
