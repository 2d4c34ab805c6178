/** What `npm pack` gives, as its users meet it: in a bundler, a page, Node, Deno, a type checker. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { build, type Rolldown } from "vite";
import { afterEach, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { DEFAULTS } from "../../playground/settings.ts";
import { codeOf } from "../../playground/takeaway/code.ts";
import { unpackDriver } from "../../src/node/unpack.ts";
import { reference } from "../support/examples.ts";
import { testPage } from "../support/page.ts";
import { filesUnder, root } from "../support/repository.ts";
import { installed, write } from "./support.ts";

const run = promisify(execFile);

/** What an application that fits eight schools loads before its first line runs; see docs/performance.md. */
const CORE_BYTES = 60_000;
/** What it has loaded once it has fitted them on a GPU and judged the fit. */
const FIT_BYTES = 140_000;
/** One family of distributions with what every family needs. */
const FAMILY_BYTES = 5_000;

const { app, tarball, packed } = await installed();
const site = join(app, "site");
mkdirSync(site);
const { page, problems, run: inPage, url } = await testPage(site);

afterEach(() => {
  expect(problems).toEqual([]);
});

const settings = "{ batches: 1, drawsPerBatch: 2000, summaryDraws: 2000, evidenceDraws: 0 }";
const data = readFileSync(join(root, "examples/eight-schools/data.json"), "utf8");
cpSync(join(root, "examples/eight-schools/model.ts"), join(app, "model.ts"));
const plainModel = readFileSync(join(app, "model.ts"), "utf8")
  .replace(/interface Data \{[^}]*\}/, "")
  .replace(": Data", "");

/** The families of distributions, by the names that they say in messages. */
const families = filesUnder("src/distributions", ".ts").flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/\bname: "(\w+)"/g)].map(([, name]) => name!),
);

/** A program that fits eight schools on a device of the kind given and leaves what it found in `answer`. */
const program = (device: string): string => `
  const data = ${data};
  const fitted = async () => {
    const device = await openDevice({ kind: "${device}" });
    try {
      const posterior = await fit(eightSchools, data, { device, guide: meanField(), seed: 1, check: ${settings} });
      const { stopped, parameters } = posterior.toJSON();
      return { kind: device.kind, stopped, mean: parameters.mu.mean, sd: parameters.mu.sd };
    } finally {
      device.dispose();
    }
  };
`;
const imports = `import { fit, meanField, openDevice } from "elbow-gpu";`;

interface Answer {
  readonly kind: string;
  readonly stopped: string;
  readonly mean: number;
  readonly sd: number;
}

/** The bars are those of mean-field eight schools in tests/e2e/answers.test.ts. */
function expectEightSchools(answer: Answer, kind: string): void {
  const { mean, sd } = reference("eight-schools").parameters.mu!;
  expect(answer).toMatchObject({ kind, stopped: "converged" });
  expect(Math.abs(answer.mean - mean) / sd).toBeLessThan(0.25);
}

/** Chunks of `entry`, a file of the application, as Vite builds them; written to `outDir` where it is named. */
async function bundled(entry: string, outDir?: string): Promise<Rolldown.OutputChunk[]> {
  const made = await build({
    root: app,
    configFile: false,
    base: "./",
    logLevel: "warn",
    build: {
      write: outDir !== undefined,
      ...(outDir !== undefined && { outDir }),
      target: "es2022",
      rolldownOptions: { input: join(app, entry) },
    },
  });
  const { output } = made as Rolldown.RolldownOutput;
  return output.filter((file) => file.type === "chunk");
}

const gzipped = (chunks: readonly Rolldown.OutputChunk[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);

/** The entry and what it imports statically. */
function atLoad(chunks: readonly Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const found = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of found) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk);
  }
  return [...found];
}

test("publint and attw find nothing wrong", async () => {
  const { messages } = await publint({ pkgDir: packed, strict: true, pack: false });
  expect(messages).toEqual([]);
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const { stdout } = await run(process.execPath, [attw, tarball, "--profile", "esm-only", "--no-emoji"]);
  // A problem would have ended it with an error.
  expect(stdout).toContain("elbow-gpu/node");
});

test("Node's part, which openDevice() imports there, is named by no literal that bundlers would follow into a page", () => {
  const scripts = readdirSync(join(packed, "dist"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".js"),
  );
  expect(scripts.length).toBeGreaterThan(5);
  const literal = /import\(\s*(\/\*[^*]*\*\/\s*)*["'`]elbow-gpu/;
  expect(scripts.filter((file) => literal.test(readFileSync(join(packed, "dist", file), "utf8")))).toEqual([]);
});

describe("in an application built by Vite", () => {
  let chunks: Rolldown.OutputChunk[] = [];
  const requested: string[] = [];

  test("eight schools are fitted on the page's GPU", async () => {
    write(
      app,
      "main.ts",
      `import eightSchools from "./model.ts";\n${imports}${program("gpu")}globalThis.answer = fitted();`,
    );
    write(app, "index.html", `<link rel="icon" href="data:,"><script type="module" src="./main.ts"></script>`);
    chunks = await bundled("index.html", join(site, "vite"));
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(`${url}/vite/index.html`);
    expectEightSchools(await inPage<Answer>("return answer;"), "gpu");
  });

  test(`what it needs to start is at most ${CORE_BYTES / 1000} KB, and to fit ${FIT_BYTES / 1000} KB (gzip)`, () => {
    const fetched = chunks.filter(({ fileName }) => requested.some((address) => address.endsWith(fileName)));
    const [core, whole] = [gzipped(atLoad(chunks)), gzipped(fetched)];
    console.info(`the application starts with ${core} bytes and has loaded ${whole} after a fit`);
    expect(fetched.length).toBeGreaterThan(1);
    expect(core).toBeLessThanOrEqual(CORE_BYTES);
    expect(whole).toBeGreaterThan(core);
    expect(whole).toBeLessThanOrEqual(FIT_BYTES);
  });

  test("and in a worker of it", async () => {
    const started = `new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })`;
    write(
      app,
      "worker.ts",
      `import eightSchools from "./model.ts";\n${imports}${program("gpu")}fitted().then(postMessage);`,
    );
    write(
      app,
      "page.ts",
      `globalThis.answer = new Promise((done) => { ${started}.onmessage = ({ data }) => done(data); });`,
    );
    write(app, "worker.html", `<link rel="icon" href="data:,"><script type="module" src="./page.ts"></script>`);
    await bundled("worker.html", join(site, "worker"));
    await page.goto(`${url}/worker/worker.html`);
    expectEightSchools(await inPage<Answer>("return answer;"), "gpu");
  });

  test("a distribution comes alone", async () => {
    write(app, "weibull.ts", `import { weibull } from "elbow-gpu";\nglobalThis.answer = weibull;`);
    write(app, "all.ts", `import * as elbow from "elbow-gpu";\nglobalThis.answer = elbow;`);
    const [one, all] = [await bundled("weibull.ts"), await bundled("all.ts")];
    expect(one.length).toBe(1);
    expect(gzipped(one)).toBeLessThan(FAMILY_BYTES);
    const holds = (chunks: readonly Rolldown.OutputChunk[]) =>
      families.filter((name) =>
        atLoad(chunks).some(({ code }) => new RegExp(`name:\\s*["'\`]${name}["'\`]`).test(code)),
      );
    expect(holds(all)).toEqual(families);
    expect(holds(one)).toEqual(["weibull"]);
  });
});

test("a page without a build step loads it as it stands", async () => {
  cpSync(join(app, "node_modules/elbow-gpu/dist"), join(site, "elbow-gpu"), { recursive: true });
  const linked = `${plainModel}${imports}${program("gpu")}`
    .replaceAll('"elbow-gpu"', '"./elbow-gpu/index.js"')
    .replace("export default", "const eightSchools =");
  const script = `<script type="module">${linked}globalThis.answer = fitted();</script>`;
  write(site, "plain.html", `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${script}`);
  await page.goto(`${url}/plain.html`);
  expectEightSchools(await inPage<Answer>("return answer;"), "gpu");
});

/** The same as a module that prints what it found. */
function script(name: string, device: string): string {
  const model = plainModel.replace("export default", "const eightSchools =");
  write(app, name, `${model}${imports}${program(device)}console.log(JSON.stringify(await fitted()));`);
  return join(app, name);
}

const lastLine = (output: string): Answer => JSON.parse(output.trim().split("\n").at(-1)!);

test("Node imports it", async () => {
  const { stdout } = await run(process.execPath, [script("node.mjs", "cpu")], { cwd: app });
  expectEightSchools(lastLine(stdout), "cpu");
});

test("what the playground copies as code runs beside its model and data", async () => {
  const folder = join(app, "copied");
  mkdirSync(folder);
  for (const file of ["model.ts", "data.json"]) cpSync(join(root, "examples/hard-attention", file), join(folder, file));
  const sites = [{ name: "l", role: "discrete", plates: [] }] as const;
  write(folder, "fit.ts", codeOf({ ...DEFAULTS, device: "cpu" }, sites));
  // As its first line says: `npx jiti fit.ts`.
  const jiti = join(app, "node_modules/.bin/jiti");
  const { stdout } = await run(jiti, ["fit.ts"], { cwd: folder });
  expect(stdout).toMatch(/reliable/);
  expect(stdout).toMatch(/l_probs\[1\]/);
});

test("so does Deno, on its own WebGPU", async () => {
  const driver = await unpackDriver();
  const env = { ...process.env, DENO_DIR: join(app, ".deno"), NO_COLOR: "1" };
  const software = driver !== undefined && {
    VK_ICD_FILENAMES: join(driver, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [driver, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
  const deno = join(root, "node_modules/deno/bin.cjs");
  const args = [deno, "run", "--quiet", "--no-check", "--allow-all", "--unstable-webgpu", script("deno.mjs", "gpu")];
  const { stdout } = await run(process.execPath, args, { cwd: app, env: { ...env, ...software } });
  expectEightSchools(lastLine(stdout), "gpu");
});

test("its command runs", async () => {
  const { stdout } = await run(process.execPath, [join(app, "node_modules/elbow-gpu/dist/cli.js"), "--version"]);
  expect(stdout.trim()).toBe(manifest.version);
});

test.each(["node16", "bundler"])("types resolve under moduleResolution %s", async (moduleResolution) => {
  const module = moduleResolution === "node16" ? "node16" : "esnext";
  const config = `tsconfig.${moduleResolution}.json`;
  write(
    app,
    "typed.ts",
    `${plainModel.replace("data)", "data: { readonly y: readonly number[]; readonly sigma: readonly number[] })").replace("export default", "const eightSchools =")}
    ${imports}${program("cpu")}
    import type { Posterior } from "elbow-gpu";
    import { openNodeGpu } from "elbow-gpu/node";
    export const posterior = async (): Promise<Posterior> =>
      fit(eightSchools, data, { device: await openDevice(), guide: meanField() });
    // @ts-expect-error: a model is fitted to data
    export const refused = () => fit(eightSchools, 3);
    export { fitted, openNodeGpu };`,
  );
  write(app, config, {
    compilerOptions: {
      ...{ target: "es2022", lib: ["ES2023", "DOM", "ESNext.Disposable"], strict: true, noEmit: true },
      ...{ module, moduleResolution, types: [] },
    },
    files: ["typed.ts"],
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", join(app, config)]).catch((error) => error);
  expect(stdout).toBe("");
});
