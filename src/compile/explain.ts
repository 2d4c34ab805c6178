/** What a plan says of its kernels. */
import type { Axis } from "../graph/axis.ts";
import type { KernelExplanation } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import { membersOf } from "./levels.ts";
import { originOf } from "./lower.ts";
import { passWith } from "./passes.ts";
import type { ScanOp } from "./scan.ts";
import type { Dispatch, Schedule, ScheduledGroup } from "./schedule.ts";
import { coneOf } from "./stores.ts";

const axesText = (axes: readonly Axis[]): string => `[${axes.map((axis) => axis.toString()).join(" ")}]`;

/** One line on a group, for readers of its kernel. */
export function describe(group: ScheduledGroup): string {
  const stages = group.stages.map(({ loop, members }) => {
    const names = members.map((m) => {
      if (m.kind === "trace") return `trace ${m.name}`;
      return m.kind === "store" ? m.value.op.kind : `state ${(m.state.op as { name: string }).name}`;
    });
    if (loop.kind === "scan") return `: recurrence along ${(loop.value.op as ScanOp).axis}`;
    if (loop.kind === "share") return ` over the thread's own draws: ${names.join(", ")}`;
    const over = loop.kind === "reduce" ? ` over ${axesText(loop.over)}` : "";
    return `${loop.kind === "segment" ? `over the rows of ${loop.out}` : over}: ${names.join(", ")}`;
  });
  return `${axesText(group.parallel)}${stages.join(";")}`;
}

/** What there is to say of a dispatch, as planned. */
export function explain(
  name: string,
  dispatch: Dispatch,
  made: Schedule,
  workgroups: number,
  wgsl: string,
  fits: number,
): KernelExplanation {
  const groups = dispatch.levels.flat();
  const bytes = groups
    .flatMap(membersOf)
    .reduce((sum, { value }) => sum + 4 * (value.size + readWords(value, made)), 0);
  return {
    name,
    regime: regimeOf(dispatch, made.resident),
    workgroups: fits * workgroups,
    bytes: fits * bytes,
    flops: fits * groups.reduce((sum, group) => sum + group.operations, 0),
    wgsl,
  };
}

/** Words of the stores and inputs a value is computed from, each counted once. */
function readWords(value: Value, made: Schedule): number {
  const reads = new Set(coneOf(value, made.stored).flatMap((v) => v.inputs));
  return [...reads].reduce((sum, x) => sum + (made.stored.has(x) || x.op.kind === "input" ? x.size : 0), 0);
}

function sumsProducts({ inputs: [term] }: Value): boolean {
  return term!.op.kind === "map" && term!.op.name === "mul";
}

function regimeOf(dispatch: Dispatch, resident: boolean): KernelExplanation["regime"] {
  const groups = dispatch.levels.flat();
  if (resident) return "resident";
  if (groups.some(({ stages }) => stages.some(({ loop }) => loop.kind === "scan"))) return "scan";
  if (dispatch.single) return "resident";
  const contraction = groups.some(({ parallel, stages }) =>
    stages.some(
      ({ loop, members }) =>
        loop.kind === "reduce" &&
        parallel.length >= 2 &&
        members.some((member) => passWith(member.value) !== undefined || sumsProducts(member.value)),
    ),
  );
  if (contraction) return "contraction";
  const tiled = groups.some(({ stages }) =>
    stages.some(
      ({ loop }) =>
        loop.kind === "segment" || (loop.kind === "reduce" && loop.over.some((axis) => originOf(axis) !== axis)),
    ),
  );
  return tiled ? "data-parallel" : "draw-parallel";
}
