/** A big value cut into pieces that can be handed over one by one: to take one over is a task of its own. */

import { isObject, type Json } from "./json";

/** Entries of the container that the path leads to. The first piece is the root, `at` null. */
export type JsonPiece =
  { at: null; value: Json } | { at: (string | number)[]; entries: [key: string | number, value: Json][] };

/** About as many characters are in a piece, or one text that is longer. */
const PIECE_SIZE = 500_000;

/** The pieces of a value, each after the one that holds its container. */
export function* cutJson(root: Json, size = PIECE_SIZE): Generator<JsonPiece> {
  const weights = new Map<Json, number>();
  weigh(root, weights);
  const weightOf = (value: Json) => weights.get(value) ?? plainWeight(value);
  if (typeof root !== "object" || root === null || weightOf(root) <= size) {
    yield { at: null, value: root };
    return;
  }
  yield { at: null, value: emptied(root) };
  yield* cutInner(root, [], size, weightOf);
}

function* cutInner(
  value: Json,
  at: (string | number)[],
  size: number,
  weightOf: (value: Json) => number,
): Generator<JsonPiece> {
  let entries: [string | number, Json][] = [];
  let held = 0;
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value as object);
  const big: (string | number)[] = [];
  for (const key of keys) {
    const child = (value as Record<string | number, Json>)[key] ?? null;
    const container = typeof child === "object" && child !== null;
    const cut = container && weightOf(child) > size;
    if (cut) big.push(key);
    entries.push([key, cut ? emptied(child) : child]);
    held += cut ? 0 : weightOf(child);
    if (held < size) continue;
    yield { at, entries };
    [entries, held] = [[], 0];
  }
  if (entries.length > 0) yield { at, entries };
  for (const key of big) {
    yield* cutInner((value as Record<string | number, Json>)[key] ?? null, [...at, key], size, weightOf);
  }
}

/** Puts pieces together again, as they come. */
export function joinJson(root: Json, piece: JsonPiece): Json {
  if (piece.at === null) return piece.value;
  let container: Json = root;
  for (const key of piece.at) container = (container as Record<string | number, Json>)[key] ?? null;
  for (const [key, value] of piece.entries) {
    // A key of that name set plainly would be the prototype.
    if (key === "__proto__") {
      Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
    } else (container as Record<string | number, Json>)[key] = value;
  }
  return root;
}

const emptied = (value: Json): Json => (Array.isArray(value) ? [] : {});

/** A node costs more to take over than its characters. */
const NODE = 8;
const plainWeight = (value: Json): number => NODE + (typeof value === "string" ? value.length : 0);

function weigh(value: Json, weights: Map<Json, number>): number {
  if (!Array.isArray(value) && !isObject(value)) return plainWeight(value);
  let sum = NODE;
  if (Array.isArray(value)) for (const child of value) sum += weigh(child, weights);
  else for (const key in value) sum += NODE + key.length + weigh(value[key] ?? null, weights);
  weights.set(value, sum);
  return sum;
}
