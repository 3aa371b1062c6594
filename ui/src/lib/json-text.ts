/** Big JSON written as text without the page standing still: a stretch at a time. */

import { isObject, type Json } from "./json";

/** Values with fewer nodes are written in one go. */
const NODES = 2_000;
/** Of writing, before others have a turn. */
const STRETCH_MS = 12;

/** Whether writing it at once could be felt. */
export function isBigToWrite(value: Json): boolean {
  return hasNodes(value, 20 * NODES);
}

/** The same text as `JSON.stringify(value, null, 2)`; "" when it was stopped. */
export async function writeJson(value: Json, signal: AbortSignal): Promise<string> {
  const pieces: string[] = [];
  let since = performance.now();
  const write = async (part: Json, indent: string): Promise<void> => {
    const container = typeof part === "object" && part !== null;
    if (!container || !hasNodes(part, NODES)) {
      pieces.push(JSON.stringify(part, null, 2).replaceAll("\n", `\n${indent}`));
      return;
    }
    const inner = `${indent}  `;
    const isList = Array.isArray(part);
    let before = isList ? "[" : "{";
    for (const [key, child] of isList ? part.map((each) => [null, each] as const) : Object.entries(part)) {
      pieces.push(`${before}\n${inner}`, key === null ? "" : `${JSON.stringify(key)}: `);
      await write(child, inner);
      before = ",";
      if (performance.now() - since < STRETCH_MS) continue;
      await new Promise((done) => setTimeout(done, 0));
      if (signal.aborted) return;
      since = performance.now();
    }
    pieces.push(`\n${indent}${isList ? "]" : "}"}`);
  };
  await write(value, "");
  return signal.aborted ? "" : pieces.join("");
}

/** Whether a value has so many nodes; no more of them are looked at. */
function hasNodes(value: Json, least: number): boolean {
  let left = least;
  const count = (part: Json): void => {
    left -= 1;
    if (left <= 0) return;
    if (Array.isArray(part)) part.every((child) => (count(child), left > 0));
    else if (isObject(part)) {
      for (const key in part) {
        if (left <= 0) return;
        count(part[key] ?? null);
      }
    }
  };
  count(value);
  return left <= 0;
}
