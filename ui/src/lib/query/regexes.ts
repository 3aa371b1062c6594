/** What the server's regular expressions lack. Whether they can be read at all, only the server says. */

import { Mistake, type Value } from "./syntax";

const ESCAPE_OR_GROUP = /\\(.)|(\[\^?\]?(?:[^\]\\]|\\.)*\]?)|\(\?(<?[=!]|P=|P>|>|\(|#|R|[0-9&])/gsu;
const LACKS: Record<string, string> = {
  "=": "look-ahead",
  "!": "look-ahead",
  "<=": "look-behind",
  "<!": "look-behind",
  "P=": "references to groups",
};

/** `value` is the expression, and where in `query` it stands with its slashes. */
export function checkRegex(value: Value, query: string) {
  for (const match of value.text.matchAll(ESCAPE_OR_GROUP)) {
    const lacks = lacking(match);
    if (!lacks) continue;
    const start = placeIn(value, query, match.index);
    throw new Mistake(`Regular expressions have no ${lacks} here.`, start, start + match[0].length);
  }
}

function lacking([, escaped, , group]: RegExpExecArray): string {
  if (escaped !== undefined) return /[1-9]/.test(escaped) ? "references to groups" : "";
  return group === undefined ? "" : (LACKS[group] ?? `\`(?${group}\``);
}

/** Where the expression's character `at` stands in the query: `\/` is two characters there and one here. */
function placeIn(value: Value, query: string, at: number): number {
  let place = value.start + 1;
  for (let index = 0; index < at; index += 1) place += query.startsWith("\\/", place) ? 2 : 1;
  return place;
}
