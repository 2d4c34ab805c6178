/** From a program's graph to levels of groups, and from levels to dispatches. */
import { type Axis, isDrawAxis, sameAxes, withoutAxes } from "../graph/axis.ts";
import { input, stopGradient } from "../graph/ops.ts";
import { type ProgramSpec, programInputs } from "../graph/program.ts";
import { simplify } from "../graph/simplify.ts";
import { Value } from "../graph/value.ts";
import { isCostly } from "./cost.ts";
import { goesAlone, itemsOf, mayJoinWith, type Tactics, tacticsFor } from "./emit/tactics.ts";
import { type Hoisted, hoistDataOnly } from "./hoist.ts";
import {
  addMember,
  countOperations,
  type Group,
  groupByLevel,
  type Member,
  plannedOperations,
  sharingThreads,
} from "./levels.ts";
import { type Lifetimes, lifetimes } from "./lifetimes.ts";
import { flattenSegments, MOST_SHARED, type Sharing, sharesOf, sumByGroups, tileReductions } from "./lower.ts";
import { blockCholesky } from "./lower-cholesky.ts";
import { inRegisters } from "./registers.ts";
import { lowerSteps } from "./scan.ts";
import { chooseStores, isLeaf } from "./stores.ts";

/** What the schedule may assume of the device; recorded with every result, since the order of sums depends on it. */
export interface ScheduleOptions {
  /** Threads a large kernel should have work for. */
  readonly threads: number;
  readonly workgroupSize: number;
  /** Threads of a dispatch of one workgroup: barriers cost more the more there are. */
  readonly singleWorkgroupSize: number;
  /** A step of no more operations runs in one workgroup, many steps a dispatch. */
  readonly residentOperations: number;
  /** A level of no more operations shares a one-workgroup dispatch with its small neighbours. */
  readonly smallLevelOperations: number;
  /** Whether threads take four draws at a time. */
  readonly lanes: boolean;
  /** Reductions of fewer terms in all are not cut into tiles. */
  readonly smallestSplit: number;
  /** A thread sets up for at least so many terms of a tiled reduction. */
  readonly smallestTile: number;
  /** Stores of sums that one kernel alone needs are avoided from this many elements on. */
  readonly smallestAvoided: number;
  /** Contractions of fewer terms in all take one element a thread. */
  readonly smallestBlocked: number;
  /**
   * Contractions of at least so many terms go by tiles, each the work of a subgroup of four threads, which exchange what
   * they load; 0 where the device has no such subgroups.
   */
  readonly smallestQuads: number;
  /** Maps of at least so many elements take four neighbouring words of scalar memory at a time; 0 for none. */
  readonly smallestWide: number;
  /** Sums (with lanes: of four draws) that a thread may keep along the axes it has to itself in one pass over rows. */
  readonly heldRegisters: number;
  /**
   * Whether a thread holds such sums in arrays, indexed by constants, rather than in as many variables: software adapters
   * compile these sooner, GPUs may put them into slow memory.
   */
  readonly threadArrays: boolean;
  /** Threads that one pass over rows should have work for, and the rows that each takes at least: it sets up much. */
  readonly passThreads: number;
  readonly smallestPass: number;
  /** A dispatch of fewer workgroups is cut into smaller ones, so that all cores have some. */
  readonly fewestWorkgroups: number;
  /**
   * A group of maps of so many operations has a dispatch to itself: software adapters, whose threads run in step, evaluate what the
   * other groups of a dispatch do as well, for no thread.
   */
  readonly smallestApart: number;
  /** Where there would be more workgroups than this, their threads take several items: each has a cost of its own. */
  readonly mostWorkgroups: number;
  /** Short loops of no more operations in all are written out where threads share sums over draws. */
  readonly mostUnrolled: number;
  /** Threads of a grid that share sums over draws, each with draws of its own; 0 where only single workgroups do. */
  readonly sharingThreads: number;
}

export interface ScheduledGroup extends Group {
  readonly tactics: Tactics;
}

export interface Dispatch {
  /** Levels of groups with a barrier between; a grid dispatch has one level. */
  readonly levels: readonly (readonly ScheduledGroup[])[];
  /** One workgroup runs it all. */
  readonly single: boolean;
}

export interface Schedule extends Lifetimes {
  readonly dispatches: readonly Dispatch[];
  readonly resident: boolean;
  readonly stored: ReadonlySet<Value>;
  readonly hoisted: readonly Hoisted[];
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  readonly operations: number;
}

/** In one workgroup contractions of so many terms are blocked, if that leaves work for all threads. */
const SMALLEST_BLOCKED = 512;

/** Programs of no more operations a draw have their loops written out, be it in grids. */
const MOST_PER_DRAW = 6000;

/** A dispatch of no more workgroups gains little over one that shares its neighbours' workgroup. */
const FEW_WORKGROUPS = 4;

/**
 * A one-workgroup dispatch that is not resident takes no further levels from so many groups on: drivers make one function of
 * a kernel, whose compilation takes more than twice as long for twice the groups, and compile several kernels side by side.
 */
const MOST_GROUPS = 12;

export function schedule(spec: ProgramSpec, options: ScheduleOptions): Schedule {
  const outputNames = Object.keys(spec.outputs);
  const stateNames = Object.keys(spec.next ?? {});
  const traceNames = Object.keys(spec.trace ?? {});
  const states = programInputs(spec);
  // A state that nobody reads is carried all the same.
  for (const [name, next] of Object.entries(spec.next ?? {})) {
    if (!states.has(name)) states.set(name, input(name, next.axes, "state", next.dtype));
  }
  const all = [...Object.values(spec.outputs), ...Object.values(spec.next ?? {}), ...Object.values(spec.trace ?? {})];
  const { roots, hoisted } = hoistDataOnly(blockCholesky(lowerSteps(simplify(all, { keepStops: false }))));
  const grouped = sumByGroups(flattenSegments(roots, options.threads));
  // Threads of one workgroup, each with its draws, the loops over few coordinates written out.
  const mayCopy = !Value.topological(grouped).some(({ op }) => op.kind === "map" && isCostly(op.name));
  const sharing = options.mostUnrolled > 0 && mayCopy ? sharingOf(grouped, options) : undefined;
  const writtenOut = sharing !== undefined;
  const lowered = tileReductions(grouped, options, sharing);
  // An output that is an input as it stands gets a copy of its own.
  const outputs = new Map(
    outputNames.map((name, i) => [name, isLeaf(lowered[i]!) ? stopGradient(lowered[i]!) : lowered[i]!]),
  );

  const commits: Member[] = [
    ...stateNames.flatMap((name, i): Member[] => {
      const state = states.get(name)!;
      const next = lowered[outputNames.length + i]!;
      // Another state that is broadcast into this one is read before anything is overwritten.
      const broadcast = isLeaf(next) && !sameAxes(next.axes, state.axes);
      return [{ kind: "state", state, value: broadcast ? stopGradient(next) : next }];
    }),
    ...traceNames.map((name, i): Member => {
      const value = lowered[outputNames.length + stateNames.length + i]!;
      return { kind: "trace", name, value };
    }),
  ];
  const stored = storesFor([...outputs.values()], commits, options.smallestAvoided, writtenOut);

  const tactics =
    sharing?.inGrid === false
      ? {
          ...options,
          smallestBlocked: Math.min(options.smallestBlocked, SMALLEST_BLOCKED),
          fewestThreads: options.singleWorkgroupSize,
          smallestQuads: 0,
        }
      : options;
  const mayJoin = mayJoinWith(stored, tactics);
  const levels = groupByLevel(stored, mayJoin, goesAlone(stored, tactics));
  const commitLevel: Group[] = [];
  for (const member of commits) {
    const parallel = member.kind === "state" ? member.state.axes : [];
    addMember(commitLevel, member, parallel, { kind: "none" }, () => true);
  }
  if (commitLevel.length > 0) levels.push(commitLevel);

  const scheduled = levels.map((groups) =>
    groups.map((group): ScheduledGroup => {
      countOperations(group, stored);
      return { ...group, tactics: tacticsFor(group, stored, tactics) };
    }),
  );
  const work = scheduled.map((groups) => groups.reduce((sum, group) => sum + group.operations, 0));
  const operations = work.reduce((sum, w) => sum + w, 0);
  const inGrid = (groups: readonly ScheduledGroup[]): boolean =>
    groups.some(
      (group) => group.tactics.quads !== undefined || (sharingThreads(group) ?? 0) > options.singleWorkgroupSize,
    );
  const resident = operations <= options.residentOperations && !scheduled.some(inGrid);
  const dispatches: { levels: ScheduledGroup[][]; single: boolean }[] = [];
  scheduled.forEach((groups, i) => {
    const blocks = groups.reduce((n, group) => n + Math.ceil(itemsOf(group, group.tactics) / options.workgroupSize), 0);
    const lone = blocks <= FEW_WORKGROUPS && work[i]! <= options.residentOperations;
    const shares = groups.some((group) => sharingThreads(group) !== undefined);
    const single = resident || (!inGrid(groups) && (lone || shares || work[i]! <= options.smallLevelOperations));
    const previous = dispatches[dispatches.length - 1];
    const short = resident || shares || (previous?.levels.flat().length ?? 0) < MOST_GROUPS;
    if (single && previous?.single && short) previous.levels.push(groups);
    else if (single) dispatches.push({ levels: [groups], single });
    else for (const some of apart(groups, options)) dispatches.push({ levels: [some], single });
  });
  const kept = new Set([...outputs.values()]);
  return {
    dispatches,
    resident,
    stored,
    ...lifetimes(scheduled, stored, kept),
    hoisted,
    inputs: states,
    outputs,
    operations,
  };
}

/** The large groups of a level that are but maps one by one, the others together. */
function apart(groups: readonly ScheduledGroup[], { smallestApart }: ScheduleOptions): ScheduledGroup[][] {
  const isLarge = ({ operations, stages }: ScheduledGroup): boolean =>
    operations >= smallestApart && stages.every(({ loop }) => loop.kind === "none");
  const rest = groups.filter((group) => !isLarge(group));
  return [...groups.filter(isLarge).map((group) => [group]), ...(rest.length > 0 ? [rest] : [])];
}

/**
 * Whether and how threads share the sums over draws: those of one workgroup where a step has little work; else those of a
 * grid, if sums over draws are all that is wanted of the draws.
 */
function sharingOf(roots: readonly Value[], options: ScheduleOptions): Sharing | undefined {
  const width = options.lanes ? 4 : 1;
  const operations = plannedOperations(roots);
  if (operations <= options.residentOperations) return { threads: options.singleWorkgroupSize, inGrid: false, width };
  if (options.sharingThreads === 0 || roots.some(({ axes }) => axes.some(isDrawAxis))) return undefined;
  const values = Value.topological(roots);
  const draws = values.reduce((most, { axes }) => Math.max(most, axes.find(isDrawAxis)?.size ?? 0), 0);
  const sharing = { threads: options.sharingThreads, inGrid: true, width };
  const sums = values.filter(({ op }) => op.kind === "reduce" && op.over.some(isDrawAxis));
  const all = sums.every((sum) => sharesOf(sum, sharing) > 0);
  const few = sums.reduce((size, sum) => size + sum.size, 0) <= MOST_SHARED;
  return all && few && operations <= MOST_PER_DRAW * draws ? sharing : undefined;
}

/** Stores such that the members of the commit level can be evaluated in place, none reading what another writes. */
function storesFor(
  outputs: readonly Value[],
  commits: readonly Member[],
  smallestAvoided: number,
  writtenOut: boolean,
): Set<Value> {
  const asked = new Set(outputs);
  for (;;) {
    const before = asked.size;
    const transient = commits.map((member) => member.value);
    const stored = chooseStores([...asked], transient, smallestAvoided);
    if (writtenOut) for (const value of inRegisters(stored, asked, transient)) stored.delete(value);
    for (const member of commits) {
      const parallel = member.kind === "state" ? member.state.axes : [];
      for (const value of unsafeReads(member.value, parallel, stored)) asked.add(value);
    }
    if (asked.size === before) return stored;
  }
}

/**
 * Values to store before the commit level. While it runs, states are being overwritten: a member may read a state only
 * at the very element its own thread writes. What has fewer axes is better computed once, before.
 */
function unsafeReads(value: Value, parallel: readonly Axis[], stored: ReadonlySet<Value>): Value[] {
  if (isLeaf(value) || stored.has(value)) return [];
  const readsState = new Map<Value, boolean>();
  const dependsOnState = (v: Value): boolean => {
    if (v.op.kind === "input") return v.op.role === "state";
    if (stored.has(v)) return false;
    const known = readsState.get(v);
    if (known !== undefined) return known;
    const result = v.inputs.some(dependsOnState);
    readsState.set(v, result);
    return result;
  };
  const found = new Set<Value>();
  let unsafe = false;
  const seen = new Set<Value>();
  const visit = (v: Value): void => {
    if (seen.has(v) || !dependsOnState(v)) return;
    seen.add(v);
    if (isLeaf(v)) {
      if (!sameAxes(v.axes, parallel)) unsafe = true;
      return;
    }
    if (v !== value && withoutAxes(parallel, v.axes).length > 0) found.add(v);
    else if (v.op.kind !== "map") unsafe = true;
    else v.inputs.forEach(visit);
  };
  visit(value);
  return unsafe ? [value] : [...found];
}
