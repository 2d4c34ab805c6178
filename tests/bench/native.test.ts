/** The native peer's script knows the bench's rows. What needs a Python is in bench/native/check.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROWS } from "../../bench/suite/rows.ts";
import { root } from "../support/repository.ts";

test("every row of the bench but the training of networks is a row of the native side", () => {
  const text = readFileSync(join(root, "bench/native/numpyro_rows.py"), "utf8");
  const rows = ROWS.filter(({ kind }) => kind !== "train");
  for (const { name } of rows) expect(text).toContain(`"${name}"`);
});
