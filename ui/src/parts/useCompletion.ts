import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { FACET_LIMIT, facetsQuery, fieldsQuery } from "../api/fields";
import type { Asked } from "../api/question";
import { nameOptions, valueOptions, type Option } from "../lib/query/complete";
import { UNKNOWN_FIELDS, type Fields } from "../lib/query/fields";
import { typingAt } from "../lib/query/lex";
import { formatCount } from "../lib/numbers";
import { useSettled } from "../ui/useSettled";

const NO_VALUES = new Set(["order", "flag", "part", "boolean", "words", "time", "id"]);
const TYPED_MAX = 100;

/** The fields of the query language, and before they have come, any name. */
export function useFields(): Fields {
  return useQuery(fieldsQuery).data ?? UNKNOWN_FIELDS;
}

interface Completion {
  options: Option[];
  /** What the value looks like that is typed: "a number such as …". */
  hint: string;
}

/** What is offered at the caret; values are those of the logs that the rest of the question finds. */
export function useCompletion(text: string, caret: number, asked: Asked, open: boolean): Completion {
  const fields = useFields();
  const typing = useMemo(() => typingAt(text, caret), [text, caret]);
  const isKey = typing.name.startsWith("metadata.");
  const field = typing.kind === "value" ? fields.find(isKey ? "metadata" : typing.name) : undefined;
  const facet =
    field && !NO_VALUES.has(field.type) && !typing.compared ? facetOf(typing.name, field.name) : null;
  const search = useSettled(typing.typed);
  const values = useQuery({
    ...facetsQuery(asked, [facet ?? ""], FACET_LIMIT, search),
    enabled: open && facet !== null && search.length <= TYPED_MAX,
  });
  const keys = useQuery({
    ...facetsQuery(asked, ["metadata"], 1),
    enabled: open && typing.kind === "name" && /^m/i.test(typing.typed),
  });
  return useMemo(() => {
    if (typing.kind === "name") {
      const known = keys.data?.map(({ field: name }) => name.slice("metadata.".length)) ?? [];
      return { options: nameOptions(text, typing, fields, known), hint: "" };
    }
    if (!field) return { options: [], hint: "" };
    const found = facet === null ? [] : (values.data?.[0]?.values ?? []);
    const typed = typing.typed.toLowerCase();
    const begins = ({ value }: { value: string }) => value.toLowerCase().startsWith(typed);
    const fitting = found
      .filter(({ value }) => value.toLowerCase().includes(typed))
      .sort((a, b) => Number(begins(b)) - Number(begins(a)));
    const counted = fitting.map(({ value, count }) => ({ value, detail: formatCount(count) }));
    const hint = (typing.compared && field.bound_says) || field.says;
    return { options: valueOptions(text, typing, field, fields, counted), hint };
  }, [text, typing, fields, field, facet, values.data, keys.data]);
}

/** A field as facets name it: quotes of a metadata key off. */
function facetOf(written: string, name: string): string {
  if (name !== "metadata") return name;
  const key = written.slice("metadata.".length);
  return `metadata.${key.startsWith('"') ? key.slice(1, -1).replace(/\\(["\\])/g, "$1") : key}`;
}
