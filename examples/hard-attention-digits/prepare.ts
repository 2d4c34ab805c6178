/**
 * Writes data.json from the package `mnist`: 5000 handwritten digits at half their size, 14 × 14 bits, in an order shuffled
 * by a fixed seed, and where on a canvas of 42 × 42 each is put, four times over. Run it by
 * `npx jiti examples/hard-attention-digits/prepare.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [DIGITS, KEPT_BACK, COPIES] = [5000, 1000, 4];
const [SIDE, CANVAS] = [14, 42];
const folder = join(dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src/digits");
const digits = Array.from({ length: 10 }, (_, label) => {
  const { data } = JSON.parse(readFileSync(join(folder, `${label}.json`), "utf8")) as { data: number[] };
  return Array.from({ length: data.length / 784 }, (_, i) => ({ label, pixels: data.slice(i * 784, (i + 1) * 784) }));
}).flat();

// Park and Miller's generator.
let state = 777;
const below = (n: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return Math.floor((state / 2_147_483_647) * n);
};
for (let i = digits.length - 1; i > 0; i--) {
  const j = below(i + 1);
  [digits[i], digits[j]] = [digits[j]!, digits[i]!];
}
const chosen = digits.slice(0, DIGITS);
const bits = new Uint8Array((DIGITS * SIDE * SIDE) / 8);
for (const [d, { pixels }] of chosen.entries()) {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const at = 56 * row + 2 * column;
      const ink = (pixels[at]! + pixels[at + 1]! + pixels[at + 28]! + pixels[at + 29]!) / 4;
      const bit = d * SIDE * SIDE + row * SIDE + column;
      if (ink >= 0.35) bits[bit >> 3]! |= 128 >> (bit & 7);
    }
  }
}
const corners = Uint8Array.from({ length: 2 * COPIES * DIGITS }, () => below(CANVAS - SIDE + 1));
const data = {
  first: 0,
  count: COPIES * (DIGITS - KEPT_BACK),
  exploration: 0.3,
  labels: chosen.map(({ label }) => label).join(""),
  pixels: Buffer.from(bits).toString("base64"),
  corners: Buffer.from(corners).toString("base64"),
};
writeFileSync(fileURLToPath(new URL("data.json", import.meta.url)), `${JSON.stringify(data)}\n`);
