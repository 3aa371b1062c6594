/** What the filter bar offers while one types. */

import { literal } from "./edit";
import type { Fields, QueryField } from "./fields";
import type { Typing } from "./lex";
import { spellName } from "./syntax";

export interface Option {
  /** What is offered; unique in its list. */
  label: string;
  detail: string;
  /** The text and the caret after it is taken. */
  text: string;
  caret: number;
}

const OPTIONS_MAX = 12;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HEX = /^[0-9a-f]{32}$/i;

/** Fields that begin with what is typed, then those that hold it; ids first. */
export function nameOptions(text: string, typing: Typing, fields: Fields, keys: string[]): Option[] {
  const typed = typing.typed.toLowerCase();
  if (typed === "") return [];
  const take = (name: string, detail: string) => replacing(text, typing, `${name}:`, name, detail);
  const begins: Option[] = [];
  const holds: Option[] = [];
  for (const field of fields.table ?? []) {
    const name = [field.name, ...field.aliases].find((each) => each.startsWith(typed));
    if (name !== undefined) begins.push(nameOption(text, typing, field));
    else if (typed.length > 1 && field.name.includes(typed)) holds.push(nameOption(text, typing, field));
  }
  const metadata = keys
    .map((key) => spellName("metadata", key))
    .filter((name) => name.toLowerCase().includes(typed))
    .map((name) => take(name, "metadata"));
  return [...idOptions(text, typing), ...begins, ...metadata, ...holds].slice(0, OPTIONS_MAX);
}

function nameOption(text: string, typing: Typing, { name, meaning }: QueryField): Option {
  return replacing(text, typing, name === "metadata" ? "metadata." : `${name}:`, name, meaning);
}

/** A pasted id is most likely meant as one. */
function idOptions(text: string, typing: Typing): Option[] {
  const { typed } = typing;
  const names = UUID.test(typed) ? ["id", "trace"] : HEX.test(typed) ? ["trace", "id"] : [];
  return names.map((name) => {
    const filter = `${name}:${typed}`;
    return replacing(text, typing, filter, filter, name === "id" ? "the log" : "its trace");
  });
}

/** Values of a field: `found` are those of the logs at hand, with their counts. */
export function valueOptions(
  text: string,
  typing: Typing,
  field: QueryField,
  fields: Fields,
  found: { value: string; detail: string }[],
): Option[] {
  const typed = typing.typed.toLowerCase();
  const fixed = [...(field.values ?? []), ...(field.type === "part" && typed ? fields.names : [])];
  const fitting = fixed.filter((value) => value.startsWith(typed.replace(/^\+/, "")));
  const plus = field.type === "order" && typed.startsWith("+") ? "+" : "";
  const known = new Set(found.map(({ value }) => value));
  const values = [
    ...found,
    ...fitting.filter((value) => !known.has(value)).map((value) => ({ value: plus + value, detail: "" })),
  ];
  return values
    .slice(0, OPTIONS_MAX)
    .map(({ value, detail }) =>
      replacing(text, typing, fixed.includes(value) || plus ? value : literal(value), value, detail),
    );
}

function replacing(text: string, typing: Typing, by: string, label: string, detail: string): Option {
  const after = text.slice(typing.end);
  // A name that is corrected has its colon already.
  const piece = by.endsWith(":") && after.startsWith(":") ? by.slice(0, -1) : by;
  return {
    label,
    detail,
    text: text.slice(0, typing.start) + piece + after,
    caret: typing.start + by.length,
  };
}
