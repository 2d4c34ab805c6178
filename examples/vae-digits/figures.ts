/**
 * Writes reconstructions.png and sweep.png from learned parameters: `figures.ts FOLDER SAVED.json`, what
 * `elbow fit FOLDER --save SAVED.json` wrote.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

const SIDE = 28;
const ZOOM = 2;
const [folder, file] = [process.argv[2]!, process.argv[3]!];
interface LearnedArray {
  readonly axes: readonly { readonly name: string; readonly size: number }[];
  readonly values: readonly number[];
}
const { arrays } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly arrays: Readonly<Record<string, LearnedArray>>;
};
const data = JSON.parse(readFileSync(join(folder, "data.json"), "utf8")) as { labels: string; pixels: string };
const bytes = Buffer.from(data.pixels, "base64");

const digit = (n: number): number[] =>
  Array.from({ length: SIDE * SIDE }, (_, p) => {
    const bit = n * SIDE * SIDE + p;
    return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
  });

/** Σ_i W[i, j] x[i] + b[j], whichever of its axes the weights have last. */
function layer(name: string, x: readonly number[]): number[] {
  const [weight, bias] = [arrays[`${name}.weight`]!, arrays[`${name}.bias`]!];
  const { name: units, size } = bias.axes[0]!;
  const at =
    weight.axes[0]!.name === units
      ? (i: number, j: number): number => j * x.length + i
      : (i: number, j: number): number => i * size + j;
  return bias.values.map((b, j) => x.reduce((sum, v, i) => sum + v * weight.values[at(i, j)]!, b));
}
const through = (names: readonly string[], x: readonly number[]): number[] =>
  names.reduce((h, name) => layer(name, h).map(Math.tanh), x as number[]);
const encode = (x: readonly number[]): number[] => layer("guide.z.loc", through(["guide.z.1", "guide.z.2"], x));
const decode = (z: readonly number[]): number[] =>
  layer("decoder.3", through(["decoder.1", "decoder.2"], z)).map((v) => 1 / (1 + Math.exp(-v)));

/** Tiles, row by row, as an 8-bit grey PNG, ink black. */
function png(rows: readonly (readonly (readonly number[])[])[]): Buffer {
  const pitch = (SIDE + 2) * ZOOM;
  const [width, height] = [rows[0]!.length * pitch, rows.length * pitch];
  const lines = Buffer.alloc(height * (width + 1), 255);
  for (let y = 0; y < height; y++) {
    lines[y * (width + 1)] = 0;
    for (let x = 0; x < width; x++) {
      const tile = rows[Math.floor(y / pitch)]![Math.floor(x / pitch)]!;
      const [row, column] = [Math.floor((y % pitch) / ZOOM), Math.floor((x % pitch) / ZOOM)];
      const ink = row < SIDE && column < SIDE ? tile[row * SIDE + column]! : 0;
      lines[y * (width + 1) + 1 + x] = Math.round(255 * (1 - ink));
    }
  }
  const chunk = (kind: string, body: Buffer): Buffer => {
    const tagged = Buffer.concat([Buffer.from(kind, "latin1"), body]);
    const framed = Buffer.alloc(tagged.length + 8);
    framed.writeUInt32BE(body.length, 0);
    tagged.copy(framed, 4);
    framed.writeUInt32BE(crc32(tagged), tagged.length + 4);
    return framed;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const body = [chunk("IHDR", head), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...body]);
}

// The first digit of each class among those kept back.
const shown = Array.from({ length: 10 }, (_, label) => data.labels.indexOf(String(label), 9000));
const images = shown.map(digit);
const means = images.map(encode);
writeFileSync(join(folder, "reconstructions.png"), png([images, means.map(decode)]));

const pairs = [
  [0, 6],
  [1, 7],
  [3, 8],
  [4, 9],
  [2, 5],
] as const;
const sweep = pairs.map(([a, b]) =>
  Array.from({ length: 10 }, (_, k) => decode(means[a]!.map((v, i) => v + ((means[b]![i]! - v) * k) / 9))),
);
writeFileSync(join(folder, "sweep.png"), png(sweep));
