/** What the policy is compared with: every glimpse is of the middle of the canvas. */
import { training as enumerated, glimpses } from "./model.ts";

export default glimpses("central glimpse");
export const training = { ...enumerated, steps: 1000 };
