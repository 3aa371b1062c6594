/** Looking for a text in what is shown, without regard to case. */

import { isObject, type Json } from "./json";
import { childPath } from "./json-tree";

/** More are not counted: nobody steps through them. */
export const FOUND_MAX = 10_000;

/** What finds a text as it is written; null for nothing to look for. */
export function finder(text: string): RegExp | null {
  return text ? new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu") : null;
}

/** Where a text has it, at most `max` times. */
export function placesIn(text: string, pattern: RegExp, max = FOUND_MAX): number[] {
  const places: number[] = [];
  for (const { index } of text.matchAll(pattern)) {
    if (places.length >= max) break;
    places.push(index);
  }
  return places;
}

/** A node whose name or value has the text, and the nodes it is in, from the root. */
export interface FoundNode {
  path: string;
  within: { path: string; size: number }[];
}

/** The nodes of a value that have the text, in order, at most `max`. */
export function findNodes(root: Json, pattern: RegExp, max = FOUND_MAX): FoundNode[] {
  const found: FoundNode[] = [];
  const has = (text: string) => text.search(pattern) >= 0;
  const visit = (value: Json, name: string, path: string, within: FoundNode["within"]) => {
    if (found.length >= max) return;
    const children = Array.isArray(value) || isObject(value);
    if (has(name) || (!children && has(String(value)))) found.push({ path, within });
    if (!children) return;
    const inner = [
      ...within,
      { path, size: Array.isArray(value) ? value.length : Object.keys(value).length },
    ];
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length && found.length < max; index++)
        visit(value[index] ?? null, "", childPath(path, String(index), true), inner);
    } else for (const key in value) visit(value[key] ?? null, key, childPath(path, key, false), inner);
  };
  visit(root, "", "", []);
  return found;
}
