import { useMemo, useState } from "preact/hooks";
import { bandPlot, forestPlot, type Interval } from "../pictures/forest.ts";
import type { Parameters, SiteDescription } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";

/** Rows of a forest plot. */
const ROWS = 100;

const SINGLE = "single values";

interface Group {
  readonly label: string;
  readonly rows: readonly Interval[];
  readonly time: boolean;
}

/** The scalars of each name with indices, and all that have none together. */
function groupsOf(sites: readonly SiteDescription[], parameters: Parameters): Group[] {
  const rows = new Map<string, Interval[]>();
  for (const [name, { q05, q50, q95 }] of Object.entries(parameters)) {
    const group = name.includes("[") ? name.replace(/\[.*$/, "") : SINGLE;
    const own = rows.get(group) ?? [];
    own.push({ name, low: q05!, mid: q50!, high: q95! });
    rows.set(group, own);
  }
  const groups = [...rows].map(([group, own]) => {
    const plates = sites.find(({ name }) => name === group)?.plates ?? [];
    const by = plates.length === 0 ? "" : `, by ${plates.map((plate) => plate.name).join(" and ")}`;
    return { label: `${group}${by}`, rows: own, time: plates.length === 1 && plates[0]!.time };
  });
  // What was computed is what was asked for, more often than what it was computed from.
  const [plated, single] = [true, false].map((has) => groups.filter(({ label }) => (label !== SINGLE) === has));
  return [...plated!.reverse(), ...single!];
}

interface ForestProps {
  readonly sites: readonly SiteDescription[];
  readonly parameters: Parameters;
}

/** Medians and intervals, a site at a time: a forest of a plate, a band of a plate that is time. */
export function Forest({ sites, parameters }: ForestProps) {
  const groups = useMemo(() => groupsOf(sites, parameters), [sites, parameters]);
  const [wanted, want] = useState<string | null>(null);
  const group = groups.find(({ label }) => label === wanted) ?? groups[0]!;
  const { rows, time, label } = group;
  const make = useMemo(
    () => (width: number) => (time ? bandPlot(rows, width) : forestPlot(rows.slice(0, ROWS), width)),
    [rows, time],
  );
  return (
    <>
      {groups.length > 1 && (
        <label class="pick">
          Medians and 90% intervals of{" "}
          <select value={label} onChange={(event) => want(event.currentTarget.value)}>
            {groups.map((one) => (
              <option key={one.label}>{one.label}</option>
            ))}
          </select>
        </label>
      )}
      <Picture
        make={make}
        label={`Medians and 90% intervals of ${label}; a table below has the numbers`}
        name="forest"
      />
      {!time && rows.length > ROWS && (
        <p class="fine">
          The first {ROWS} of {rows.length}.
        </p>
      )}
    </>
  );
}
