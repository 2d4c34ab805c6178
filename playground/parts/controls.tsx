import {
  DEFAULT_GUIDE,
  GUIDE_NAMES,
  type GuideBlocks,
  type GuideName,
  guideWords,
  REST,
  wordsOf,
} from "../../src/guides/names.ts";
import { RANGES } from "../settings.ts";
import type { Settings } from "../worker/protocol.ts";
import { ObjectiveControls } from "./objective.tsx";

const PER_SITE = "one for each site";

interface ControlsProps {
  readonly settings: Settings;
  readonly disabled: boolean;
  /** Latent sites, as far as they are known: each may have a guide of its own. */
  readonly latents: readonly string[];
  /** Of a training: how q is made is the model's to say, and the steps are those it takes. */
  readonly training?: boolean;
  onSettings(settings: Settings): void;
}

export function Controls({ settings, disabled, latents, training = false, onSettings }: ControlsProps) {
  const number = (label: string, key: keyof typeof RANGES) => (
    <label>
      {label}
      <input
        type="number"
        min={RANGES[key][0]}
        max={RANGES[key][1]}
        value={settings[key]}
        onChange={(event) => {
          const value = Math.round(event.currentTarget.valueAsNumber);
          const [least, most] = RANGES[key];
          const kept = Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : settings[key];
          event.currentTarget.value = String(kept);
          onSettings({ ...settings, [key]: kept });
        }}
      />
    </label>
  );
  const words = guideWords(settings.guide);
  const blocks = typeof words === "string" ? null : words;
  return (
    <fieldset class="controls" disabled={disabled}>
      <legend class="hidden">Settings of the fit</legend>
      {!training && (
        <label>
          Guide
          <select
            value={blocks === null ? settings.guide : PER_SITE}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              onSettings({ ...settings, guide: chosen === PER_SITE ? wordsOf({ [REST]: DEFAULT_GUIDE }) : chosen });
            }}
          >
            {GUIDE_NAMES.map((family) => (
              <option key={family}>{family}</option>
            ))}
            {(latents.length > 1 || blocks !== null) && <option>{PER_SITE}</option>}
          </select>
        </label>
      )}
      {!training && blocks !== null && (
        <SiteGuides
          blocks={blocks}
          latents={latents}
          onBlocks={(chosen) => onSettings({ ...settings, guide: wordsOf(chosen) })}
        />
      )}
      {!training && <ObjectiveControls settings={settings} onSettings={onSettings} />}
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
      {!training && number("Draws a step", "draws")}
      {number(training ? "Steps" : "Most steps", "steps")}
      {number("Seed", "seed")}
    </fieldset>
  );
}

interface SiteGuidesProps {
  readonly blocks: GuideBlocks;
  readonly latents: readonly string[];
  onBlocks(blocks: GuideBlocks): void;
}

/** A family for each latent site, or none of its own: such are one block together. */
function SiteGuides({ blocks, latents, onBlocks }: SiteGuidesProps) {
  const rest = blocks[REST] ?? DEFAULT_GUIDE;
  const change = (site: string, family: string): void => {
    const { [site]: _, [REST]: __, ...others } = blocks;
    const own = { ...others, ...(site !== REST && family !== REST && { [site]: family as GuideName }) };
    const left = site === REST ? (family as GuideName) : rest;
    // Where every site has its own there is no rest to have one.
    onBlocks(latents.every((latent) => latent in own) ? own : { ...own, [REST]: left });
  };
  return (
    <>
      {latents.map((site) => (
        <label key={site}>
          {site}
          <select value={blocks[site] ?? REST} onChange={(event) => change(site, event.currentTarget.value)}>
            <option value={REST}>with the rest</option>
            {GUIDE_NAMES.map((family) => (
              <option key={family}>{family}</option>
            ))}
          </select>
        </label>
      ))}
      {REST in blocks && (
        <label>
          The rest
          <select value={rest} onChange={(event) => change(REST, event.currentTarget.value)}>
            {GUIDE_NAMES.map((family) => (
              <option key={family}>{family}</option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
