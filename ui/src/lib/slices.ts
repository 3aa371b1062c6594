/** A long text in slices of a line at most. */

/** Longer lines are cut: a browser draws no line of megabytes. */
const SLICE_CHARACTERS = 160;

/** Where each slice begins: after each line end, and after so many characters without one. */
export function sliceStarts(text: string): number[] {
  const starts: number[] = [];
  let start = 0;
  while (start < text.length) {
    starts.push(start);
    const limit = start + SLICE_CHARACTERS;
    // Only this slice is looked through: a text without line ends must not be read anew for each.
    const line = text.slice(start, limit).indexOf("\n");
    start = line < 0 ? afterWhole(text, limit) : start + line + 1;
  }
  return starts;
}

/** Not between the two halves of a character. */
function afterWhole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}

/** The slice in which a place is. */
export function sliceAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
