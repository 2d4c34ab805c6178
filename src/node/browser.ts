import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { unpackChromium } from "./unpack.ts";

/** A browser that can be driven, and what it needs to start. */
export interface BrowserChoice {
  readonly executablePath: string;
  /** Puppeteer's `headless`: a headless shell knows only that mode. */
  readonly headless: true | "shell";
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it was found, for logs. */
  readonly origin: string;
}

const NAMES = ["google-chrome-stable", "google-chrome", "chrome", "chromium", "chromium-browser"];
const PLACES = [
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * A Chrome or Chromium: `PUPPETEER_EXECUTABLE_PATH`, an installed one, or the headless Chromium of the npm package
 * `@sparticuz/chromium`, unpacked on first use (a few seconds).
 */
export async function findBrowser(): Promise<BrowserChoice> {
  const named = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (named) {
    if (!isExecutable(named)) throw new Error(`PUPPETEER_EXECUTABLE_PATH=${named} is not an executable file`);
    return { executablePath: named, headless: true, env: process.env, origin: "PUPPETEER_EXECUTABLE_PATH" };
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...PLACES];
  const installed = candidates.find(isExecutable);
  if (installed) return { executablePath: installed, headless: true, env: process.env, origin: "installed" };

  const folder = await unpackChromium();
  if (folder) {
    const libraries = [join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
    const fonts = existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") };
    return {
      executablePath: join(folder, "chromium"),
      headless: "shell",
      env: { ...process.env, LD_LIBRARY_PATH: libraries, ...fonts },
      origin: "@sparticuz/chromium",
    };
  }
  throw new Error(
    "no browser found: install Chrome or Chromium, set PUPPETEER_EXECUTABLE_PATH, " +
      "or (Linux x64) npm install --save-dev @sparticuz/chromium@147.0.0",
  );
}

/** Options for puppeteer's `launch` that give pages on http://localhost WebGPU, with a software adapter if need be. */
export async function launchOptions(): Promise<Omit<BrowserChoice, "origin"> & { args: string[] }> {
  const { origin: _, ...browser } = await findBrowser();
  return {
    ...browser,
    args: [
      ...(canSandbox() ? [] : ["--no-sandbox"]),
      "--enable-unsafe-webgpu",
      "--disable-quic",
      "--no-first-run",
      // Where the environment names no locale, Chromium makes up a language tag that Intl refuses.
      "--lang=en-US",
      "--accept-lang=en-US",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/** Chromium refuses to start sandboxed as root, and where user namespaces are closed off, as in many containers. */
function canSandbox(): boolean {
  if (process.platform !== "linux") return true;
  if (process.getuid?.() === 0) return false;
  return spawnSync("unshare", ["--user", "--map-root-user", "true"], { stdio: "ignore" }).status === 0;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
