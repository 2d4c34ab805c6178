/**
 * Writes data.json from the package `mnist` (10,000 handwritten digits): every pixel as one bit, ink at half or more, in an
 * order shuffled by a fixed seed. Run it by `npx jiti examples/vae-digits/prepare.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PIXELS = 28 * 28;
const COUNT = 10_000;
const folder = join(dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src/digits");

const digits = Array.from({ length: 10 }, (_, label) => {
  const { data } = JSON.parse(readFileSync(join(folder, `${label}.json`), "utf8")) as { data: number[] };
  return Array.from({ length: data.length / PIXELS }, (_, i) => ({
    label,
    pixels: data.slice(i * PIXELS, (i + 1) * PIXELS),
  }));
}).flat();

// Park and Miller's generator: enough to mix the classes.
let state = 20_240_601;
for (let i = digits.length - 1; i > 0; i--) {
  state = (state * 48_271) % 2_147_483_647;
  const j = state % (i + 1);
  [digits[i], digits[j]] = [digits[j]!, digits[i]!];
}

const bits = new Uint8Array((COUNT * PIXELS) / 8);
for (const [d, { pixels }] of digits.slice(0, COUNT).entries()) {
  for (const [p, ink] of pixels.entries()) {
    const at = d * PIXELS + p;
    if (ink >= 0.5) bits[at >> 3]! |= 128 >> (at & 7);
  }
}
const labels = digits
  .slice(0, COUNT)
  .map(({ label }) => label)
  .join("");
const data = { first: 0, count: 9000, labels, pixels: Buffer.from(bits).toString("base64") };
writeFileSync(fileURLToPath(new URL("data.json", import.meta.url)), `${JSON.stringify(data)}\n`);
