import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { logQuery } from "../api/logs";
import type { LogObject } from "../api/types";
import type { TraceSpan } from "../api/traces";
import { chatOf, type Message } from "../lib/chat";
import { plural } from "../lib/numbers";
import { newMessages } from "../lib/trace/thread";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { MessageView } from "./MessageView";
import styles from "./SpanThread.module.css";

interface Props {
  /** Spans in the order in which they began. */
  spans: readonly TraceSpan[];
  onOpen: (span: TraceSpan) => void;
}

/** So many calls are read at once: each is a log of its own. */
const CALLS = 20;

/** The conversation across spans: of each call only what the calls before it had not said. */
export function SpanThread({ spans, onOpen }: Props) {
  const [count, setCount] = useState(CALLS);
  const calls = useMemo(() => spans.filter(({ counts, id }) => counts && id), [spans]);
  const shown = calls.slice(0, count);
  const logs = useQueries({ queries: shown.map(({ id }) => logQuery(id ?? "")) });
  const turns = newMessages(logs.map(({ data }) => (data ? messagesOf(data) : null)));
  if (calls.length === 0) return <p className={styles.none}>No span of this trace is a model call.</p>;
  return (
    <div className={styles.thread} role="region" aria-label="Thread" tabIndex={0}>
      <ol role="list" className={styles.turns}>
        {shown.map((span, index) => {
          const turn = turns[index];
          return (
            <li key={span.id}>
              <h2 className={styles.call}>
                <button type="button" className={styles.link} onClick={() => onOpen(span)}>
                  <SafeText text={span.name ?? span.model ?? "call"} />
                </button>
                {turn && turn.known > 0 && (
                  <span className={styles.known}>after {plural(turn.known, "message")} seen above</span>
                )}
              </h2>
              {turn === null && <p className={styles.known}>Loading…</p>}
              {turn?.messages.length === 0 && <p className={styles.known}>No messages that we can read.</p>}
              <ol role="list" className={styles.messages}>
                {turn?.messages.map((message, at) => (
                  <MessageView key={at} message={message} />
                ))}
              </ol>
            </li>
          );
        })}
      </ol>
      {calls.length > count && (
        <Button onClick={() => setCount(count + CALLS)}>Show more of {plural(calls.length, "call")}</Button>
      )}
    </div>
  );
}

/** What was asked, and the first answer. */
function messagesOf({ conversation, request, response }: LogObject): Message[] {
  const chat = chatOf(conversation, { request: request.body, response: response.body });
  return chat ? [...chat.input, ...(chat.choices[0] ?? [])] : [];
}
