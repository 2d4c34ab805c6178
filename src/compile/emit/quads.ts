/**
 * Contractions by tiles of results, each the work of a quad: four threads in step. A thread loads four of the tile's rows
 * and four of its columns; three exchanges with its neighbours let it multiply its columns with all rows. Four terms are
 * added up before they go to a total: software adapters keep totals in memory, and a load costs them as much as seven
 * operations.
 */
import { type Axis, withoutAxes } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { TILE } from "../contraction.ts";
import type { Binding, Bindings } from "./emitter.ts";
import { Four } from "./four.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { liesInFours } from "./lanes.ts";
import { commonBounds, rangeOf } from "./ranges.ts";
import type { Quads } from "./tactics.ts";
import { write } from "./write.ts";

/** Thread t of a quad gets the value of t ^ 1, t ^ 2, t ^ 3. */
const EXCHANGES = ["", "quadSwapX", "quadSwapY", "quadSwapDiagonal"];
/** Terms added up at a time: as many as a load brings. */
const STEP = 4;
/** Steps whose sum goes to the total as one: see BLOCK in accumulators.ts. */
const STEPS = 16;
const COMPONENTS = ["x", "y", "z", "w"];
const FOUR = [0, 1, 2, 3];

/** What is known of the tile at hand. */
interface Tile {
  readonly context: StageContext;
  readonly quads: Quads;
  readonly value: Value;
  /** The indices of all axes but rows and columns. */
  readonly others: Bindings;
  readonly rowTile: string;
  readonly columnTile: string;
  readonly lane: string;
}

/** A number in code: a variable, or one of its components. */
interface Part {
  readonly variable: string;
  readonly component: string;
}

/** A factor of the terms, at the places of a thread along `axis`. */
interface Operand {
  readonly value: Value;
  readonly axis: Axis;
  readonly lanes: Axis | undefined;
  readonly four: Four;
}

/** Where along the sum a step's terms are: each by itself, or all four as lanes. */
type Terms = { readonly each: readonly Binding[]; readonly all: Binding | undefined };

/** Totals by exchange, row and column. */
const nameOf = (exchange: number, row: number, column: number): string => `_${exchange}${row}${column}`;
const NAMES = FOUR.flatMap((exchange) => FOUR.flatMap((row) => FOUR.map((column) => nameOf(exchange, row, column))));

/** The tile whose number is `item`, as done by the thread `lane` (0 to 3) of its quad. */
export function emitQuads(context: StageContext, quads: Quads, item: string, lane: string): void {
  const { root, stage } = context;
  const { value } = stage.members[0]!;
  const tile: Tile = { context, quads, value, lane, ...decode(context, value, quads, item) };
  const columns = new Four(context, quads.columns, tile.columnTile, lane);
  declare(root, "a");
  sumUp(tile, [
    {
      value: quads.left,
      axis: quads.rows,
      lanes: quads.leftLanes,
      four: new Four(context, quads.rows, tile.rowTile, lane),
    },
    { value: quads.right, axis: quads.columns, lanes: quads.rightLanes, four: columns },
  ]);
  for (const exchange of FOUR) {
    const rows = new Four(context, quads.rows, tile.rowTile, exchange === 0 ? lane : `(${lane} ^ ${exchange})`);
    store(tile, exchange, rows, columns);
  }
}

function decode(
  { root, emitter }: StageContext,
  value: Value,
  { rows, columns }: Quads,
  item: string,
): Pick<Tile, "others" | "rowTile" | "columnTile"> {
  let rest = item;
  const next = (count: number): string => {
    if (count === 1) return "0";
    const [index, quotient] = [emitter.fresh("i"), emitter.fresh("q")];
    root.lines.push(`let ${index} = ${rest} % ${count};`, `let ${quotient} = ${rest} / ${count};`);
    rest = quotient;
    return index;
  };
  const columnTile = next(Math.ceil(columns.size / TILE));
  const rowTile = next(Math.ceil(rows.size / TILE));
  const others = withoutAxes(value.axes, [rows, columns]).map(
    (axis) => [axis, { text: next(axis.size), frame: root, lanes: false }] as const,
  );
  return { others: new Map(others), rowTile, columnTile };
}

function declare(frame: Frame, prefix: string): void {
  for (const name of NAMES) frame.lines.push(`var ${prefix}${name} = 0.0f;`);
}

/** Σ_k of the products: step by step, and what is left over. */
function sumUp(tile: Tile, operands: readonly [Operand, Operand]): void {
  const { context, quads } = tile;
  const { root, emitter } = context;
  const { first, end, most } = stepsOf(tile);
  const loop = (parent: Frame, prefix: string, from: string, to: string): void => {
    const frame = new Frame(parent);
    const name = emitter.fresh("j");
    const each = FOUR.map((term): Binding => {
      const text = emitter.fresh("k");
      frame.lines.push(`let ${text} = ${name} * ${STEP} + ${term};`);
      return { text, frame, lanes: false };
    });
    emitStep(tile, operands, frame, prefix, { each, all: { text: name, frame, lanes: true } });
    parent.block(`for (var ${name} = ${from}; ${name} < ${to}; ${name}++)`, frame);
  };
  if (most <= 2 * STEPS) loop(root, "a", first, end);
  else {
    const part = new Frame(root);
    const start = emitter.fresh("b");
    declare(part, "p");
    loop(part, "p", start, `min(${start} + ${STEPS}, ${end})`);
    for (const name of NAMES) part.lines.push(`a${name} += p${name};`);
    root.block(`for (var ${start} = ${first}; ${start} < ${end}; ${start} += ${STEPS})`, part);
  }
  const left = quads.over.size % STEP;
  if (left === 0) return;
  const frame = new Frame(root);
  const each = FOUR.slice(0, left).map((term): Binding => {
    const constant = quads.over.size - left + term;
    return { text: `${constant}`, frame, lanes: false, constant };
  });
  emitStep(tile, operands, frame, "a", { each, all: undefined });
  root.block("", frame);
}

/** The steps in which there are terms that count: the same for all four threads. */
function stepsOf({ context, quads, value, others, rowTile, columnTile }: Tile): {
  readonly first: string;
  readonly end: string;
  readonly most: number;
} {
  const { over, rows, columns } = quads;
  const most = Math.floor(over.size / STEP);
  const bounds = commonBounds([value]);
  if (bounds.length === 0) return { first: "0", end: `${most}`, most };
  const { root } = context;
  const ends = (axis: Axis, tile: string): Binding[] =>
    [`${tile} * ${TILE}`, `min(${tile} * ${TILE} + ${TILE - 1}, ${axis.size - 1})`].map((text) => ({
      ...{ text: `(${text})`, frame: root, lanes: false },
    }));
  const corners = ends(rows, rowTile).flatMap((row) =>
    ends(columns, columnTile).map((column) => new Map(others).set(rows, row).set(columns, column)),
  );
  const range = rangeOf(context, over, bounds, corners, root);
  return { first: `((${range.first}) / ${STEP})`, end: `min(((${range.end}) + ${STEP - 1}) / ${STEP}, ${most})`, most };
}

/** The terms of one step, added to the totals of that prefix. */
function emitStep(
  { context, others, quads }: Tile,
  [left, right]: readonly [Operand, Operand],
  frame: Frame,
  prefix: string,
  terms: Terms,
): void {
  const at = (operand: Operand, i: number): Part[] => partsOf(context, operand, i, others, quads.over, terms, frame);
  const columns = FOUR.map((column) => at(right, column));
  const exchanged = new Map<string, string>();
  const exchange = ({ variable, component }: Part, by: number): string => {
    if (by === 0) return variable + component;
    const key = `${by} ${variable}`;
    const known = exchanged.get(key);
    if (known !== undefined) return known + component;
    const name = context.emitter.fresh("s");
    frame.lines.push(`let ${name} = ${EXCHANGES[by]}(${variable});`);
    exchanged.set(key, name);
    return name + component;
  };
  const accumulate = (by: number, row: number): void => {
    const factors = at(left, row).map((part) => exchange(part, by));
    for (const column of FOUR) {
      const products = factors.map((x, term) => {
        const { variable, component } = columns[column]![term]!;
        return `${x} * ${variable}${component}`;
      });
      frame.lines.push(`${prefix}${nameOf(by, row, column)} += ${products.join(" + ")};`);
    }
  };
  // What one exchange brings is used up before the next.
  if (left.lanes === left.axis) for (const by of FOUR) for (const row of FOUR) accumulate(by, row);
  else for (const row of FOUR) for (const by of FOUR) accumulate(by, row);
}

/** An operand at the `i`th of its thread's four places, for each term of a step. */
function partsOf(
  { emitter }: StageContext,
  { value, axis, lanes, four }: Operand,
  i: number,
  others: Bindings,
  over: Axis,
  { each, all }: Terms,
  frame: Frame,
): Part[] {
  const emit = (along: Binding, term: Binding, lane: number): Part => {
    const emitted = emitter.emit(value, new Map(others).set(axis, along).set(over, term), frame);
    return { variable: emitted.text, component: emitted.lanes ? `.${COMPONENTS[lane]}` : "" };
  };
  if (lanes === over && all !== undefined) return each.map((_, term) => emit(four.place(i), all, term));
  if (lanes === axis) return each.map((term) => emit(four.all(), term, i));
  return each.map((term) => emit(four.place(i), term, 0));
}

/** Writes what an exchange led to: four neighbours at a time where they lie side by side. */
function store({ context, quads, value, others }: Tile, exchange: number, rows: Four, columns: Four): void {
  const put = (row: Binding, column: Binding, text: string): void => {
    const bindings = new Map(others).set(quads.rows, row).set(quads.columns, column);
    const lanes = row.lanes || column.lanes;
    const emitted = { text, frame: context.root, lanes, dtype: value.dtype };
    write(context, context.stage.members[0]!, emitted, bindings);
  };
  const total = (row: number, column: number): string => `a${nameOf(exchange, row, column)}`;
  const vector = (totals: readonly string[]): string => `vec4<f32>(${totals.join(", ")})`;
  if (liesInFours(value, quads.columns)) {
    for (const row of FOUR) put(rows.place(row), columns.all(), vector(FOUR.map((column) => total(row, column))));
  } else if (liesInFours(value, quads.rows)) {
    for (const column of FOUR) put(rows.all(), columns.place(column), vector(FOUR.map((row) => total(row, column))));
  } else {
    for (const row of FOUR) for (const column of FOUR) put(rows.place(row), columns.place(column), total(row, column));
  }
}
