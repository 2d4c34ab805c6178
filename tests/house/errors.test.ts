import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, root } from "../support/repository.ts";

test("every error says its name in so many letters, which no minifier shortens", () => {
  const classes = filesUnder("src", ".ts").flatMap((file) =>
    [
      ...readFileSync(join(root, file), "utf8").matchAll(
        /class (\w+) extends (?:ElbowError|GraphError)\b[^{]*\{([^}]*)/g,
      ),
    ].map(([, name, body]) => ({ name: name!, body: body! })),
  );
  expect(classes.length).toBeGreaterThan(10);
  expect(classes.filter(({ name, body }) => !body.includes(`static override readonly name = "${name}";`))).toEqual([]);
});
