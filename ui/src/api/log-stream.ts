/** New logs as the server tells of them, in batches. */

import { streamUrl } from "./logs";
import type { LogRow } from "./types";

const BATCH_MS = 250;
const TRY_AGAIN_MS = 3000;

interface Options {
  q: string;
  /** Id of the last event seen before; null begins now. */
  after: string | null;
  onReady: () => void;
  /** Newest first; `skipped` more were not sent. */
  onBatch: (rows: LogRow[], skipped: number) => void;
  /** The connection broke; it is tried again by itself. `refused`: the server would not have it. */
  onLost: (refused: boolean) => void;
}

/** Listens until the function it returns is called, which answers the id of the last event seen. */
export function followLogs({ q, after, onReady, onBatch, onLost }: Options): () => string | null {
  let lastId = after;
  let rows: LogRow[] = [];
  let skipped = 0;
  let source: EventSource;
  let again: ReturnType<typeof setTimeout> | undefined;
  const timer = setInterval(() => {
    if (rows.length === 0 && skipped === 0) return;
    onBatch(rows.reverse(), skipped);
    rows = [];
    skipped = 0;
  }, BATCH_MS);
  const connect = () => {
    source = new EventSource(streamUrl(q, lastId));
    source.addEventListener("ready", (event: MessageEvent<string>) => {
      lastId = event.lastEventId || lastId;
      onReady();
    });
    source.addEventListener("log", (event: MessageEvent<string>) => {
      lastId = event.lastEventId || lastId;
      rows.push(JSON.parse(event.data) as LogRow);
    });
    source.addEventListener("sampled", (event: MessageEvent<string>) => {
      skipped += (JSON.parse(event.data) as { skipped?: number }).skipped ?? 0;
    });
    source.onerror = () => {
      // The browser tries again by itself, unless the server refused.
      const refused = source.readyState === EventSource.CLOSED;
      if (refused) again = setTimeout(connect, TRY_AGAIN_MS);
      onLost(refused);
    };
  };
  connect();
  return () => {
    source.close();
    clearInterval(timer);
    clearTimeout(again);
    return lastId;
  };
}
