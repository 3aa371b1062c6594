/** Long texts by the screenful. */

const COLUMNS = 120;

/** How many lines a text fills, counting an overlong line as the several it wraps into. */
export function countLines(text: string): number {
  return text.split("\n").reduce((sum, line) => sum + wrapped(line), 0);
}

/** The first lines of a text, or the text itself if it is not longer. */
export function clipLines(text: string, lines: number): string {
  let room = lines;
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    if (room <= 0) break;
    kept.push(line.slice(0, room * COLUMNS));
    room -= wrapped(line);
  }
  return kept.join("\n");
}

function wrapped(line: string): number {
  return Math.max(1, Math.ceil(line.length / COLUMNS));
}
