import { constantOf, describeSupport, type Support } from "../distributions/support.ts";
import { type Transform, TransformError } from "./bijection.ts";
import { correlation, correlationCholesky } from "./correlationCholesky.ts";
import { covariance, covarianceCholesky } from "./covarianceCholesky.ts";
import { identity } from "./identity.ts";
import { interval } from "./interval.ts";
import { lower } from "./lower.ts";
import { ordered } from "./ordered.ts";
import { positive } from "./positive.ts";
import { positiveOrdered } from "./positiveOrdered.ts";
import { simplex } from "./simplex.ts";
import { sumToZero } from "./sumToZero.ts";
import { unitVector } from "./unitVector.ts";
import { upper } from "./upper.ts";

export { type Transform, TransformError } from "./bijection.ts";

/** The transform from unconstrained reals to a support. Each call for a simplex makes a new axis of free coordinates. */
export function transformTo(support: Support): Transform {
  switch (support.kind) {
    case "real":
      return identity();
    case "realVector":
      return identity([support.axis]);
    case "positive":
    case "nonNegative":
      return positive();
    case "lower":
      return constantOf(support.lower) === 0 ? positive() : lower(support.lower);
    case "upper":
      return upper(support.upper);
    case "interval":
      return interval(support.lower, support.upper);
    case "simplex":
      return simplex(support.axis);
    case "ordered":
      return ordered(support.axis);
    case "positiveOrdered":
      return positiveOrdered(support.axis);
    case "unitVector":
      return unitVector(support.axis);
    case "sumToZero":
      return sumToZero(support.axis);
    case "correlationCholesky":
      return correlationCholesky(support.row, support.column);
    case "correlation":
      return correlation(support.row, support.column);
    case "covarianceCholesky":
      return covarianceCholesky(support.row, support.column);
    case "covariance":
      return covariance(support.row, support.column);
    case "nonNegativeInteger":
    case "integerInterval":
    case "counts":
      throw new TransformError(
        `a discrete variable (${describeSupport(support)}) has no unconstrained real form: sum it out of the model`,
      );
  }
}
