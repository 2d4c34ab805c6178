/**
 * The synthetic data of the rows as files, so that the native peer runs on the same numbers:
 * `jiti bench/native/exportData.ts FOLDER [--small]`. Arrays are little-endian float32, their shapes in index.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { gaussianData, logisticData, mixtureData, volatilityData } from "../suite/data.ts";

const [folder, size] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: exportData.ts FOLDER [--small]");
const small = size === "--small";
mkdirSync(folder, { recursive: true });

const index: Record<string, number[]> = {};
function put(name: string, values: ArrayLike<number>, shape: number[]): void {
  writeFileSync(`${folder}/${name}.f32`, new Uint8Array(Float32Array.from(values).buffer));
  index[name] = shape;
}

for (const [name, n, d] of [
  ["logistic", 20_000, 32],
  ["logistic-large", 200_000, 100],
] as const) {
  const rows = small ? 100 : n;
  const { X, y } = logisticData(rows, d);
  put(`${name}.X`, X, [rows, d]);
  put(`${name}.y`, y, [rows]);
}
const points = small ? 100 : 10_000;
put("mixture.y", mixtureData(points, 16).y, [points]);
const returns = small ? 100 : 2000;
put("stochastic-volatility.y", volatilityData(returns).y, [returns]);
const d = small ? 8 : 512;
const { A, b } = gaussianData(d);
put("gaussian-512.A", A, [d, d]);
put("gaussian-512.b", b, [d]);
writeFileSync(`${folder}/index.json`, JSON.stringify(index));
