import type { Json } from "../lib/json";
import type { Asked, Told } from "../lib/json-worker";
import { joinJson } from "../lib/pieces-of-json";

/** Replies above this are read in a worker: below, starting one would take longer than reading. */
export const BIG_BYTES = 1_000_000;

interface Reading {
  value: Json;
  read: (value: Json) => void;
  failed: (error: Error) => void;
}

let worker: Worker | null = null;
let last = 0;
const readings = new Map<number, Reading>();

/** Reads big JSON; rejects with a SyntaxError when it is none. The bytes are the worker's from then on. */
export function readBigJson(bytes: ArrayBuffer): Promise<Json> {
  worker ??= start();
  const asked: Asked = { number: ++last, bytes };
  return new Promise((read, failed) => {
    readings.set(asked.number, { value: null, read, failed });
    worker?.postMessage(asked, [bytes]);
  });
}

function start(): Worker {
  const started = new Worker(new URL("../lib/json-worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<Told>) => {
    const reading = readings.get(data.number);
    if (!reading) return;
    if ("piece" in data) {
      reading.value = joinJson(reading.value, data.piece);
      return;
    }
    readings.delete(data.number);
    if (data.end === "read") reading.read(reading.value);
    else reading.failed(new SyntaxError("not JSON"));
  });
  // It could not be loaded, or ran out of memory.
  started.addEventListener("error", () => {
    worker = null;
    for (const { failed } of readings.values()) failed(new Error("The reply is too big to be read."));
    readings.clear();
  });
  return started;
}
