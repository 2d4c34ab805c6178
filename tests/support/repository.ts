import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, without a trailing slash. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** Files under `folder` whose name ends in one of `extensions`, relative to the root, with forward slashes; sorted. */
export function filesUnder(folder: string, ...extensions: string[]): string[] {
  let entries: string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return entries
    .filter((file) => extensions.some((extension) => file.endsWith(extension)) && !file.includes("node_modules"))
    .map((file) => `${folder}/${file.split(sep).join("/")}`)
    .sort();
}
