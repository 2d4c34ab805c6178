import { useMemo, useState } from "preact/hooks";
import { bandPlot, forestPlot, type Interval } from "../pictures/forest.ts";
import type { Parameters, SiteDescription } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";

/** Rows of a forest plot. */
const ROWS = 100;

interface Group {
  readonly label: string;
  readonly rows: readonly Interval[];
  readonly time: boolean;
}

/** The scalars of each site with plates, and all that have none together. */
function groupsOf(sites: readonly SiteDescription[], parameters: Parameters): Group[] {
  const rowsOf = (wanted: (name: string) => boolean): Interval[] =>
    Object.entries(parameters)
      .filter(([name]) => wanted(name))
      .map(([name, { q05, q50, q95 }]) => ({ name, low: q05!, mid: q50!, high: q95! }));
  const single = rowsOf((name) => !name.includes("["));
  const plated = sites.flatMap(({ name, role, plates }) => {
    if (role === "observed" || plates.length === 0) return [];
    const rows = rowsOf((scalar) => scalar.startsWith(`${name}[`));
    const label = `${name}, by ${plates.map((plate) => plate.name).join(" and ")}`;
    return rows.length === 0 ? [] : [{ label, rows, time: plates.length === 1 && plates[0]!.time }];
  });
  // What was computed is what was asked for, more often than what it was computed from.
  return [...plated.reverse(), ...(single.length === 0 ? [] : [{ label: "single values", rows: single, time: false }])];
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
