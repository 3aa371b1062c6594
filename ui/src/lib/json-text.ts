/** Big JSON written as text without the page standing still: a stretch at a time. */

import { countNodes, type Json } from "./json";

/** A value of as many could be felt when it is written at once. */
const BIG_NODES = 40_000;
/** Parts with fewer are written in one go. */
const NODES = 2_000;
/** Of writing, before others have a turn. */
const STRETCH_MS = 12;

export function isBigToWrite(value: Json): boolean {
  return countNodes(value, BIG_NODES) >= BIG_NODES;
}

/** The same text as `JSON.stringify(value, null, 2)`; "" when it was stopped. */
export async function writeJson(value: Json, signal: AbortSignal): Promise<string> {
  const pieces: string[] = [];
  let since = performance.now();
  const write = async (part: Json, indent: string): Promise<void> => {
    const container = typeof part === "object" && part !== null;
    if (!container || countNodes(part, NODES) < NODES) {
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
