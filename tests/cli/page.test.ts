/** docs/cli.md tells of every command, every option and every exit code, and what it shows can be typed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXIT } from "../../src/cli/errors.ts";
import { run } from "../../src/cli/run.ts";
import { root } from "../support/repository.ts";
import { recordedTerminal } from "./support.ts";

const page = readFileSync(join(root, "docs/cli.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "elbow-page-"));
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

async function elbow(...args: string[]) {
  const terminal = recordedTerminal();
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

test("every command and option that --help lists", async () => {
  const { stdout } = await elbow("--help");
  const commands = [...stdout.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name!);
  expect(commands).toContain("fit");
  for (const command of commands) {
    expect(page).toContain(`\`elbow ${command}`);
    const help = (await elbow(command, "--help")).stdout;
    for (const [, option] of help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) {
      expect(page, `${command} ${option}`).toContain(option!);
    }
  }
});

test("every exit code", () => {
  for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});

const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split("\n"));

test.each(lines)("%s", async (line) => {
  const [command, ...args] = line.split(" ");
  expect(command).toBe("elbow");
  const { code, stdout, stderr } = await elbow(...args);
  expect(code, stderr).toBe(0);
  if (args.includes("--json")) expect(() => JSON.parse(stdout)).not.toThrow();
});
