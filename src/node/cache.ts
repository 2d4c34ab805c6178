import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The folder `name` in the user's cache, filled once by `fill` for all processes and all time.
 *
 * It is filled beside its place and moved there whole, so that a process never sees half of it and two that start
 * together do not harm each other. `complete` says whether what is there can be used.
 */
export async function cachedFolder(
  name: string,
  complete: (folder: string) => boolean,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const root = cacheRoot();
  const folder = join(root, name);
  if (complete(folder)) return folder;
  const fresh = mkdtempSync(join(root, `${name}.new-`));
  try {
    await fill(fresh);
    try {
      renameSync(fresh, folder);
    } catch (cause) {
      if (complete(folder)) return folder; // another process was first
      // Something unusable lies there: a cleaner of temporary files took a part of it.
      rmSync(folder, { recursive: true, force: true });
      try {
        renameSync(fresh, folder);
      } catch {
        if (!complete(folder)) throw cause;
      }
    }
    return folder;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** A folder only this user can write to: what lies in it is loaded as code. */
function cacheRoot(): string {
  const uid = process.getuid?.();
  const xdg = process.env.XDG_CACHE_HOME;
  const places = [
    ...(xdg ? [join(xdg, "elbow-gpu")] : []),
    join(homedir(), ".cache", "elbow-gpu"),
    join(tmpdir(), `elbow-gpu-${uid ?? "user"}`),
  ];
  const reasons: string[] = [];
  for (const place of places) {
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const { uid: owner, mode } = statSync(place);
      if (uid !== undefined && (owner !== uid || (mode & 0o022) !== 0)) throw new Error("others can write to it");
      rmSync(mkdtempSync(join(place, "probe-")), { recursive: true });
      return place;
    } catch (cause) {
      reasons.push(`${place}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  throw new Error(`no folder to unpack the software driver into (set XDG_CACHE_HOME):\n${reasons.join("\n")}`);
}
