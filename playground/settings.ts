import { DEFAULT_GUIDE, guideWords } from "../src/guides/names.ts";
import { DEFAULT_OBJECTIVE, objectiveWords } from "../src/objectives/names.ts";
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

/** The least and the most of each number. */
export const RANGES = {
  draws: [1, 65_536],
  steps: [2, 1_000_000],
  seed: [0, 2 ** 32 - 1],
} as const;

/** Of settings from elsewhere, an old link say, those that make sense here. */
export function understood(given: Partial<Settings> = {}): Partial<Settings> {
  const within = (key: keyof typeof RANGES): boolean => {
    const [least, most] = RANGES[key];
    const value = given[key];
    return Number.isInteger(value) && value! >= least && value! <= most;
  };
  const reads = (read: (text: string) => unknown, text: unknown): boolean => {
    try {
      return typeof text === "string" && read(text) !== null;
    } catch {
      return false;
    }
  };
  const good: Readonly<Record<keyof Settings, boolean>> = {
    guide: reads(guideWords, given.guide),
    objective: reads(objectiveWords, given.objective),
    draws: within("draws"),
    steps: within("steps"),
    seed: within("seed"),
    device: ["auto", "gpu", "cpu"].includes(given.device ?? ""),
  };
  return Object.fromEntries(Object.entries(given).filter(([key]) => good[key as keyof Settings] === true));
}
