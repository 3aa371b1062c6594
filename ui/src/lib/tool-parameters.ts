/** What a tool asks for, of its JSON Schema. */

import { asList, asObject, asText, type Json } from "./json";

export interface Parameter {
  name: string;
  /** In short: "string", "integer[]", `"day" | "night"`; "" where the schema does not say. */
  type: string;
  required: boolean;
  description: string;
}

/** More values of an enum than these are left to the schema. */
const VALUES_MAX = 6;

/** The parameters by name; none where the schema is of no object, which is then shown as it is. */
export function parametersOf(schema: Json): Parameter[] {
  const { properties, required } = asObject(schema);
  const needed = new Set(asList(required));
  return Object.entries(asObject(properties)).map(([name, property]) => ({
    name,
    type: typeOf(property),
    required: needed.has(name),
    description: asText(asObject(property).description) ?? "",
  }));
}

function typeOf(property: Json | undefined): string {
  const { type, enum: values, items, anyOf } = asObject(property);
  if (Array.isArray(values)) {
    const shown = values.slice(0, VALUES_MAX).map((value) => JSON.stringify(value));
    return [...shown, ...(values.length > VALUES_MAX ? ["…"] : [])].join(" | ");
  }
  if (Array.isArray(anyOf)) return anyOf.map(typeOf).filter(Boolean).join(" | ");
  if (Array.isArray(type)) return type.map(String).join(" | ");
  // Gemini writes its types in capitals.
  const name = typeof type === "string" ? type.toLowerCase() : "";
  const inner = name === "array" ? typeOf(items) : "";
  return inner ? `${inner.includes(" ") ? `(${inner})` : inner}[]` : name;
}
