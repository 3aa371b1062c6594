/** The fields that a query can name, from `GET /v1/fields`, and what was perhaps meant by a name that is none. */

/** `GET /v1/fields`: a field of the query language, and what its literals look like. */
export interface QueryField {
  name: string;
  aliases: string[];
  type: string;
  unit: string;
  operators: string[];
  /** The only values it can have, when they are few. */
  values: string[] | null;
  meaning: string;
  /** `*` in an unquoted literal is any run of characters. */
  glob: boolean;
  /** Quotes make any text a literal. */
  textual: boolean;
  /** Of a whole literal; "" is any text. `bound` is for comparisons and ranges. */
  pattern: string;
  says: string;
  bound_pattern: string;
  bound_says: string;
}

/** The fields by name and by alias. Without a table every name is a field that takes any text. */
export class Fields {
  private readonly byName = new Map<string, QueryField>();
  /** Names, each followed by its aliases, in the order of the table. */
  readonly names: string[] = [];

  constructor(readonly table: QueryField[] | null) {
    for (const field of table ?? []) {
      for (const name of [field.name, ...field.aliases]) {
        this.byName.set(name, field);
        this.names.push(name);
      }
    }
  }

  find(name: string): QueryField | undefined {
    return this.table ? this.byName.get(name) : { ...ANY, name };
  }
}

const ANY: QueryField = {
  name: "",
  aliases: [],
  type: "metadata",
  unit: "",
  operators: [":", "=", ">", ">=", "<", "<=", "..", "*", "~"],
  values: null,
  meaning: "",
  glob: true,
  textual: true,
  pattern: "",
  says: "",
  bound_pattern: "",
  bound_says: "",
};

/** Before the table has come: nothing is refused for its name. */
export const UNKNOWN_FIELDS = new Fields(null);

/**
 * The candidate that a slip of the fingers may have been meant for; the first of equally near ones. One slip in
 * words of 3 and 4 characters, two in longer ones, none in shorter.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const wanted = Array.from(word.toLowerCase());
  const allowed = wanted.length < 3 ? 0 : wanted.length < 5 ? 1 : 2;
  let best = allowed + 1;
  let found: string | null = null;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= best) continue;
    const count = slips(wanted, Array.from(candidate));
    if (count < best) [best, found] = [count, candidate];
  }
  return found;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function slips(a: string[], b: string[]): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, x] of a.entries()) {
    const row = [i + 1];
    for (const [j, y] of b.entries()) {
      let cost = Math.min(at(above, j + 1) + 1, at(row, j) + 1, at(above, j) + (x === y ? 0 : 1));
      if (i > 0 && j > 0 && x === b[j - 1] && a[i - 1] === y) cost = Math.min(cost, at(before, j - 1) + 1);
      row.push(cost);
    }
    [before, above] = [above, row];
  }
  return at(above, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Infinity;
}
