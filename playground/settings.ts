import { DEFAULT_GUIDE } from "../src/guides/names.ts";
import { DEFAULT_OBJECTIVE } from "../src/objectives/names.ts";
import type { Settings } from "./worker/protocol.ts";

/** Of a fit that nobody has chosen anything for. */
export const DEFAULTS: Settings = {
  guide: DEFAULT_GUIDE,
  objective: DEFAULT_OBJECTIVE,
  draws: 16,
  steps: 10_000,
  seed: 1,
  device: "auto",
};
