import { defaultDraws, settleObjective } from "../../src/fit/objective.ts";
import { objectiveNamed } from "../../src/objectives/named.ts";
import { type ObjectiveName, objectiveWords } from "../../src/objectives/names.ts";
import type { Settings } from "../worker/protocol.ts";

/** The forms of the ELBO among them, as words. */
const CHOICES: Readonly<Record<string, string>> = {
  elbo: "ELBO",
  "elbo:entropy": "ELBO, entropy form",
  "elbo:kl": "ELBO, KL form",
  iwae: "importance-weighted bound",
  renyi: "Rényi bound",
  "forward-kl": "forward KL, lowered",
  chi: "χ upper bound, lowered",
};

/** What stands in the fields at first: the defaults of `iwae()` and `renyi()`. */
const NUMBERS = { draws: 10, alpha: 0.5 } as const;

const TAKES: Readonly<Record<ObjectiveName, readonly (keyof typeof NUMBERS)[]>> = {
  elbo: [],
  iwae: ["draws"],
  renyi: ["alpha", "draws"],
  "forward-kl": [],
  chi: [],
};

const drawsFor = (objective: string): number =>
  defaultDraws(settleObjective({ objective: objectiveNamed(objective) }).weighted);

interface ObjectiveControlsProps {
  readonly settings: Settings;
  onSettings(settings: Settings): void;
}

/** What the fit maximises. The draws of a step follow, where they are still the objective's own number. */
export function ObjectiveControls({ settings, onSettings }: ObjectiveControlsProps) {
  const { name, options } = objectiveWords(settings.objective);
  const choose = (objective: string): void => {
    const kept = settings.draws !== drawsFor(settings.objective);
    onSettings({ ...settings, objective, draws: kept ? settings.draws : drawsFor(objective) });
  };
  const { alpha = NUMBERS.alpha, draws = NUMBERS.draws } = options;
  const words = (change: { readonly alpha?: number; readonly draws?: number }): string => {
    const now = { alpha, draws, ...change };
    return [name, ...TAKES[name].map((option) => now[option])].join(":");
  };
  const shown = options.form === undefined || options.form === "joint" ? name : `${name}:${options.form}`;
  return (
    <>
      <label>
        Maximise
        <select value={shown} onChange={(event) => choose(event.currentTarget.value)}>
          {Object.entries(CHOICES).map(([word, label]) => (
            <option key={word} value={word}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {TAKES[name].includes("alpha") && (
        <label>
          Order α
          <input
            type="number"
            min={0}
            step="any"
            value={alpha}
            onChange={(event) => {
              const value = event.currentTarget.valueAsNumber;
              // At 1 it is the ELBO, below 0 a bound from above.
              const kept = Number.isFinite(value) && value >= 0 && value !== 1 ? value : alpha;
              event.currentTarget.value = String(kept);
              choose(words({ alpha: kept }));
            }}
          />
        </label>
      )}
      {TAKES[name].includes("draws") && (
        <label>
          Draws of a bound, K
          <input
            type="number"
            min={1}
            max={1024}
            value={draws}
            onChange={(event) => {
              const value = Math.round(event.currentTarget.valueAsNumber);
              const kept = Number.isFinite(value) ? Math.min(1024, Math.max(1, value)) : draws;
              event.currentTarget.value = String(kept);
              choose(words({ draws: kept }));
            }}
          />
        </label>
      )}
    </>
  );
}
