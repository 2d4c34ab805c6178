/** The data of observed sites, as the model sees them: taken logs of, cut into windows, whatever it does to them. */
import { openDevice, type TracedModel } from "elbow-gpu";

interface Extent {
  readonly name: string;
  readonly size: number;
}

/** Entries over `from`, row-major, in the row-major order of `to`: the same axes, written otherwise. */
function reordered(values: Float64Array, from: readonly Extent[], to: readonly Extent[]): Float64Array {
  const strides = to.map((axis) => {
    const at = from.findIndex(({ name }) => name === axis.name);
    // A value that does not vary along an axis may lack it.
    return at < 0 ? 0 : from.slice(at + 1).reduce((product, { size }) => product * size, 1);
  });
  const size = to.reduce((product, axis) => product * axis.size, 1);
  return Float64Array.from({ length: size }, (_, linear) => {
    let place = 0;
    let rest = linear;
    for (let k = to.length - 1; k >= 0; k--) {
      place += (rest % to[k]!.size) * strides[k]!;
      rest = Math.floor(rest / to[k]!.size);
    }
    return values[place]!;
  });
}

/** By site, row-major over its plates as the model names them. */
export async function observedValues(model: TracedModel): Promise<Map<string, Float64Array>> {
  const { observed, inputs } = model;
  await using device = await openDevice({ kind: "cpu" });
  const outputs = Object.fromEntries(observed.map(({ name, value }) => [name, value]));
  const program = await device.compile({ name: "data", outputs });
  for (const [name, values] of inputs) if (program.hasInput(name)) program.write(name, values);
  await program.run();
  const read = await program.read(Object.keys(outputs));
  return new Map(observed.map(({ name, axes, value }) => [name, reordered(read[name]!, value.axes, axes)]));
}
