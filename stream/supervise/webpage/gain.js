// How large traces are drawn: microvolts to a millimetre.

export const PIXELS_PER_MM = 96 / 25.4; // a CSS pixel, by definition
export const GAINS = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200];
const USUAL = 10;
const ROW_UV = 60; // so much in a row at least, else neighbours cannot be told apart

// The place in GAINS to begin with: the usual one, or a smaller picture where rows are low.
export function fitting(row_px) {
  const found = GAINS.findIndex((gain) => gain >= USUAL && (gain * row_px) / PIXELS_PER_MM >= ROW_UV);
  return found < 0 ? GAINS.length - 1 : found;
}
