import type { Settings } from "../worker/protocol.ts";

export const DEFAULTS: Settings = { guide: "mean-field", draws: 16, steps: 10_000, seed: 1, device: "auto" };

interface ControlsProps {
  readonly settings: Settings;
  readonly disabled: boolean;
  onSettings(settings: Settings): void;
}

export function Controls({ settings, disabled, onSettings }: ControlsProps) {
  const number = (label: string, key: "draws" | "steps" | "seed", least: number, most: number) => (
    <label>
      {label}
      <input
        type="number"
        min={least}
        max={most}
        value={settings[key]}
        onChange={(event) => {
          const value = Math.round(event.currentTarget.valueAsNumber);
          const kept = Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : settings[key];
          event.currentTarget.value = String(kept);
          onSettings({ ...settings, [key]: kept });
        }}
      />
    </label>
  );
  return (
    <fieldset class="controls" disabled={disabled}>
      <legend class="hidden">Settings of the fit</legend>
      <label>
        Guide
        <select
          value={settings.guide}
          onChange={(event) => onSettings({ ...settings, guide: event.currentTarget.value })}
        >
          <option value="mean-field">mean-field</option>
          <option value="full-rank">full-rank</option>
        </select>
      </label>
      <label>
        Device
        <select
          value={settings.device}
          onChange={(event) => onSettings({ ...settings, device: event.currentTarget.value as Settings["device"] })}
        >
          <option value="auto">GPU if there is one</option>
          <option value="gpu">GPU</option>
          <option value="cpu">CPU, float64</option>
        </select>
      </label>
      {number("Draws a step", "draws", 1, 65536)}
      {number("Most steps", "steps", 2, 1_000_000)}
      {number("Seed", "seed", 0, 2 ** 32 - 1)}
    </fieldset>
  );
}
