import { useMemo } from "preact/hooks";
import { termsPlot } from "../pictures/terms.ts";
import type { SeriesTerms } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";

/** What each moment adds to the ELBO. */
export function Series({ series }: { readonly series: SeriesTerms }) {
  const make = useMemo(() => (width: number) => termsPlot(series, width), [series]);
  const sum = series.total.reduce((all, x) => all + x, 0);
  return (
    <>
      <h3>
        The ELBO, {series.plate} by {series.plate}
      </h3>
      <p class="fine">
        What each {series.plate} adds: how well it is explained, E log p(x | z), less how far q moved from what came
        before it, KL(q ‖ p). They sum to {sum.toFixed(2)}; what belongs to no {series.plate} adds{" "}
        {series.rest.toFixed(2)}.
      </p>
      <Picture make={make} label={`Terms of the ELBO by ${series.plate}`} name="terms" />
    </>
  );
}
