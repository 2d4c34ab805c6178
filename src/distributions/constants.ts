export const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
export const LOG_PI = Math.log(Math.PI);
/** The Euler–Mascheroni constant. */
export const EULER_GAMMA = 0.5772156649015329;
export const LOG_2 = Math.LN2;
