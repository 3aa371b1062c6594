/** What changed from one text to another, word by word. Bounded: what is too long is compared by lines, then as a whole. */

export interface Change {
  kind: "same" | "out" | "in";
  text: string;
}

/** Cells of the table of a comparison: 4 bytes each, some 10 ms. */
const CELLS_MAX = 2_000_000;

export function wordDiff(before: string, after: string): Change[] {
  if (before === after) return before ? [{ kind: "same", text: before }] : [];
  return merged(diffBy(before, after, WORDS) ?? diffBy(before, after, LINES) ?? whole(before, after));
}

const WORDS = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;
const LINES = /[^\n]*\n|[^\n]+/g;

function diffBy(before: string, after: string, pieces: RegExp): Change[] | null {
  const [a, b] = [before.match(pieces) ?? [], after.match(pieces) ?? []];
  const pairs = align(a, b, (x, y) => x === y);
  if (!pairs) return null;
  return pairs.flatMap(([x, y]): Change[] => {
    if (x !== null && y !== null) return [{ kind: "same", text: a[x] ?? "" }];
    return x !== null ? [{ kind: "out", text: a[x] ?? "" }] : [{ kind: "in", text: b[y ?? 0] ?? "" }];
  });
}

function whole(before: string, after: string): Change[] {
  return [
    { kind: "out", text: before },
    { kind: "in", text: after },
  ];
}

/** Neighbours of one kind as one; of a changed stretch, what went before what came. */
function merged(changes: Change[]): Change[] {
  const found: Change[] = [];
  let [out, come] = ["", ""];
  const flush = () => {
    if (out) found.push({ kind: "out", text: out });
    if (come) found.push({ kind: "in", text: come });
    [out, come] = ["", ""];
  };
  for (const { kind, text } of changes) {
    if (kind === "out") out += text;
    else if (kind === "in") come += text;
    else {
      flush();
      const last = found.at(-1);
      if (last?.kind === "same") last.text += text;
      else found.push({ kind, text });
    }
  }
  flush();
  return found;
}

export type Pair = [a: number | null, b: number | null];

/** The places of two lists beside each other by their longest common subsequence; null when it would cost too much. */
export function align<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): Pair[] | null {
  const at = (list: readonly T[], index: number) => list[index] as T;
  let start = 0;
  while (start < a.length && start < b.length && same(at(a, start), at(b, start))) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && same(at(a, endA - 1), at(b, endB - 1)))
    [endA, endB] = [endA - 1, endB - 1];
  const [rows, columns] = [endA - start, endB - start];
  if ((rows + 1) * (columns + 1) > CELLS_MAX) return null;

  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  const get = (x: number, y: number) => length[x * width + y] ?? 0;
  for (let x = rows - 1; x >= 0; x--) {
    for (let y = columns - 1; y >= 0; y--) {
      length[x * width + y] = same(at(a, start + x), at(b, start + y))
        ? get(x + 1, y + 1) + 1
        : Math.max(get(x + 1, y), get(x, y + 1));
    }
  }
  const pairs: Pair[] = [];
  for (let index = 0; index < start; index++) pairs.push([index, index]);
  let [x, y] = [0, 0];
  while (x < rows || y < columns) {
    if (x < rows && y < columns && same(at(a, start + x), at(b, start + y)))
      pairs.push([start + x++, start + y++]);
    else if (y >= columns || (x < rows && get(x + 1, y) >= get(x, y + 1))) pairs.push([start + x++, null]);
    else pairs.push([null, start + y++]);
  }
  for (let index = 0; index < a.length - endA; index++) pairs.push([endA + index, endB + index]);
  return pairs;
}
