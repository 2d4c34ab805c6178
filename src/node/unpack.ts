import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { cachedFolder } from "./cache.ts";

/** Where the npm package with the software driver and the headless Chromium lies. */
interface Archive {
  readonly version: string;
  /** The folder of `*.br` files. */
  readonly bin: string;
}

const PACKAGE = "@sparticuz/chromium";

/**
 * The installed `@sparticuz/chromium`, seen from here or from the working directory; undefined where there is none that
 * runs on this machine. Its own API is not used: it unpacks into one unversioned file for all users and all versions.
 */
function findArchive(): Archive | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), "package.json"))]) {
    let entry: string;
    try {
      entry = createRequire(from).resolve(PACKAGE);
    } catch {
      continue;
    }
    const end = entry.lastIndexOf(join("@sparticuz", "chromium") + sep);
    const root = entry.slice(0, end) + join("@sparticuz", "chromium");
    const bin = join(root, "bin");
    if (!existsSync(join(bin, "swiftshader.tar.br"))) continue;
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { version: manifest.version, bin };
  }
  return undefined;
}

const DRIVER_FILES = ["vk_swiftshader_icd.json", "libvk_swiftshader.so", "libvulkan.so.1"];

/** The folder of SwiftShader's ICD file, its library and a Vulkan loader; unpacked on first use. */
export async function unpackDriver(): Promise<string | undefined> {
  const archive = findArchive();
  if (!archive) return undefined;
  const complete = (folder: string) => DRIVER_FILES.every((file) => existsSync(join(folder, file)));
  return cachedFolder(`swiftshader-${archive.version}`, complete, (folder) =>
    unpackTar(join(archive.bin, "swiftshader.tar.br"), folder, (file) => DRIVER_FILES.includes(file)),
  );
}

/** The folder of a headless Chromium (`chromium`) and the libraries that bare systems lack (`lib/`). */
export async function unpackChromium(): Promise<string | undefined> {
  const archive = findArchive();
  if (!archive) return undefined;
  const needed = ["chromium", "lib/libnss3.so", "fonts/fonts.conf", ...DRIVER_FILES];
  const complete = (folder: string) => needed.every((file) => existsSync(join(folder, file)));
  return cachedFolder(`chromium-${archive.version}`, complete, async (folder) => {
    await Promise.all([
      decompress(join(archive.bin, "chromium.br")).then((data) =>
        writeFileSync(join(folder, "chromium"), data, { mode: 0o755 }),
      ),
      unpackTar(join(archive.bin, "swiftshader.tar.br"), folder),
      unpackTar(join(archive.bin, "al2023.tar.br"), folder),
      unpackTar(join(archive.bin, "fonts.tar.br"), join(folder, "fonts")),
    ]);
  });
}

const brotli = promisify(brotliDecompress);
const decompress = (file: string) => brotli(readFileSync(file));

/** Plain files and their modes are all these archives hold, so a tar reader is these few lines (POSIX.1-1988 ustar). */
async function unpackTar(file: string, folder: string, keep: (name: string) => boolean = () => true): Promise<void> {
  const tar = await decompress(file);
  const text = (start: number, length: number) => {
    const field = tar.subarray(start, start + length);
    const end = field.indexOf(0);
    return field.subarray(0, end < 0 ? length : end).toString();
  };
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = text(at, 100);
    const mode = Number.parseInt(text(at + 100, 8), 8);
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    if ((type === "0" || type === "") && keep(name)) {
      const target = join(folder, name);
      if (!target.startsWith(folder + sep)) throw new Error(`${file}: "${name}" points outside the archive`);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, tar.subarray(at + 512, at + 512 + size), { mode });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
