/** How lines are told apart: six colours, then the same dashed; what is of the range before is dotted. */

const COLORS = 6;
const DASHED = [6, 3];
const DOTTED = [2, 3];
/** Where the system's colours are all there are; the first line is drawn through. */
const DASHES = [undefined, DASHED, [10, 4], [3, 3], [10, 3, 3, 3], [6, 3, 2, 3, 2, 3]];

export interface Look {
  /** Name of a custom property. */
  color: string;
  dash?: number[];
}

export function lookOf(index: number, before: boolean, colorless = false): Look {
  const color = `--series-${(index % COLORS) + 1}`;
  if (before) return { color, dash: DOTTED };
  const dash = colorless ? DASHES[index % DASHES.length] : index >= COLORS ? DASHED : undefined;
  return dash ? { color, dash } : { color };
}
