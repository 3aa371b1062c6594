/** Reading JSON of which nothing is known. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** JSON text parsed if it is an object or array, else the text itself: tool arguments come both ways. */
export function parseMaybe(value: Json | undefined): Json {
  if (typeof value !== "string") return value ?? null;
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** How many nodes a value has; no more than `most` of them are looked at. */
export function countNodes(value: Json, most: number): number {
  let count = 1;
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const child of children) {
    if (count >= most) break;
    count += countNodes(child, most - count);
  }
  return count;
}

/** Characters of a value written as JSON, escapes aside: counted, not written. */
export function jsonLength(value: Json): number {
  if (typeof value === "string") return value.length + 2;
  if (Array.isArray(value)) {
    let sum = 1 + Math.max(1, value.length);
    for (const child of value) sum += jsonLength(child);
    return sum;
  }
  if (isObject(value)) {
    let sum = 2;
    for (const key in value) sum += key.length + 4 + jsonLength(value[key] ?? null);
    return sum;
  }
  return String(value).length;
}
