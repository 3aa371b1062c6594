import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { followLogs } from "../api/log-stream";
import { newestLogs } from "../api/logs";
import { askForKey } from "../api/query-client";
import type { Asked } from "../api/question";
import type { LogRow } from "../api/types";
import { plural } from "../lib/numbers";
import { announce } from "../ui/announce";
import { useHidden } from "../ui/useHidden";
import { NO_ROWS, withBatch, withChanged, withEntered } from "./live-rows";

export type LiveState = "off" | "connecting" | "live" | "reconnecting" | "paused";

interface Options {
  asked: Asked;
  on: boolean;
  /** New rows may push down what is seen. */
  mayEnter: boolean;
  /** Already in the list. */
  isKnown: (id: string) => boolean;
}

export interface LiveTail {
  state: LiveState;
  /** ms, when `state` became "reconnecting". */
  since: number;
  /** Newest first: what has entered. */
  fresh: LogRow[];
  /** Rows of the list itself, as they are by now. */
  changed: ReadonlyMap<string, LogRow>;
  /** What waits to enter, all of it counted. */
  waiting: number;
  /** Not all that came is shown: it came too fast, or the server skipped some. */
  sampled: boolean;
  /** Lets what waits in. `false`: too much has come, load anew. */
  enter: () => boolean;
  clear: () => void;
}

const CONNECTING = { state: "connecting", since: 0 } as const;

/** New logs as they come. While the tab is hidden it sleeps, and goes on from where it was. */
export function useLiveTail({ asked, on, mayEnter, isKnown }: Options): LiveTail {
  const { q } = asked;
  const [rows, setRows] = useState(NO_ROWS);
  const [link, setLink] = useState<{ state: "connecting" | "live" | "reconnecting"; since: number }>(
    CONNECTING,
  );
  const hidden = useHidden();
  const last = useRef({ q, id: null as string | null });
  const take = useEffectEvent((batch: LogRow[], skipped: number) => {
    const known = batch.filter(({ id }) => isKnown(id));
    const unknown = batch.filter(({ id }) => !isKnown(id));
    setRows((before) => {
      const changed = withChanged(before, known);
      return unknown.length + skipped > 0 ? withBatch(changed, unknown, skipped, mayEnter) : changed;
    });
  });
  /** What came between the list, or the last connection, and this one. */
  const fill = useEffectEvent(async (signal: AbortSignal) => {
    try {
      const { data } = await newestLogs(asked, signal);
      take(
        data.filter(({ id }) => !isKnown(id)),
        0,
      );
    } catch (error) {
      // The stream goes on, and what was missed comes with the next reload; but without a key nothing comes.
      askForKey(error);
    }
  });
  const listening = on && !hidden;
  useEffect(() => {
    if (!listening) return;
    const gone = new AbortController();
    const close = followLogs({
      q,
      after: last.current.q === q ? last.current.id : null,
      onReady: () => {
        setLink({ state: "live", since: 0 });
        void fill(gone.signal);
      },
      onBatch: (batch, skipped) => take(batch, skipped),
      onLost: (refused) => {
        setLink((before) =>
          before.state === "reconnecting" ? before : { state: "reconnecting", since: Date.now() },
        );
        if (refused) void fill(gone.signal);
      },
    });
    return () => {
      gone.abort();
      last.current = { q, id: close() };
      setLink(CONNECTING);
    };
  }, [listening, q]);

  // The reader came back to the top: nothing is pushed away any more.
  if (mayEnter && rows.waiting.length > 0 && rows.beyond === 0) setRows(withEntered(rows));
  const { beyond } = rows;
  const waiting = rows.waiting.length + beyond;
  useEffect(() => {
    if (waiting > 0) announce(plural(waiting, "new log"), { unseen: true });
  }, [waiting]);
  return {
    state: !on ? "off" : hidden ? "paused" : link.state,
    since: link.since,
    fresh: rows.fresh,
    changed: rows.changed,
    waiting,
    sampled: rows.sampled,
    enter: useCallback(() => {
      setRows((before) => ({ ...withEntered(before), sampled: false }));
      return beyond === 0;
    }, [beyond]),
    clear: useCallback(() => setRows(NO_ROWS), []),
  };
}
