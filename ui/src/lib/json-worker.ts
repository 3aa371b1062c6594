/** A worker that reads big JSON, so that the page does not stand still meanwhile. */

import type { Json } from "./json";
import { cutJson, type JsonPiece } from "./pieces-of-json";

/** The bytes of a reply, under a number of the asker's. */
export interface Asked {
  number: number;
  bytes: ArrayBuffer;
}

export type Told = { number: number; piece: JsonPiece } | { number: number; end: "read" | "not JSON" };

const tell = (told: Told) => (self as unknown as { postMessage: (told: Told) => void }).postMessage(told);

self.addEventListener("message", ({ data: { number, bytes } }: MessageEvent<Asked>) => {
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    tell({ number, end: "not JSON" });
    return;
  }
  for (const piece of cutJson(value)) tell({ number, piece });
  tell({ number, end: "read" });
});
