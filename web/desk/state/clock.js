/** The service's time: waiting times are right even where this computer's clock is not. */

const TOLERANCE = 3_000;
let skew = 0;

/** Takes an HTTP `Date` header, which is exact to the second. */
export function learn(header) {
  const difference = header ? Date.parse(header) - Date.now() : 0;
  skew = Math.abs(difference) > TOLERANCE ? difference : 0;
}

export function now() {
  return Date.now() + skew;
}
