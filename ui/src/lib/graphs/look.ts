/** How lines are told apart: six colours, then the same dashed; what is of the range before is dotted. */

const COLORS = 6;
const DASHED = [6, 3];
const DOTTED = [2, 3];

export function lookOf(index: number, before: boolean): { color: string; dash?: number[] } {
  const color = `--series-${(index % COLORS) + 1}`;
  if (before) return { color, dash: DOTTED };
  return index >= COLORS ? { color, dash: DASHED } : { color };
}
