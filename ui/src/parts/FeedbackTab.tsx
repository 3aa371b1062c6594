import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { giveFeedback } from "../api/feedback";
import { logQuery } from "../api/logs";
import type { Feedback, LogObject } from "../api/types";
import { asText } from "../lib/json";
import { formatRating } from "../lib/numbers";
import { formatInstant } from "../lib/time";
import { announce } from "../ui/announce";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import styles from "./FeedbackTab.module.css";

interface Props {
  log: LogObject;
  /** A rating that was begun by a key: 1 or -1. */
  begun: number | null;
}

/** What was said of this log and its trace, and a form to say more. */
export default function FeedbackTab({ log, begun }: Props) {
  const given = log.feedback ?? [];
  return (
    <>
      <Form key={begun} logId={log._id} begun={begun} />
      <section className={styles.section}>
        <h3>Given on this trace</h3>
        {given.length === 0 ? (
          <p className={styles.none}>Nobody has rated it yet.</p>
        ) : (
          <ul role="list" className={styles.list}>
            {given.map((each) => (
              <Given key={each.id} of={each} here={log._id} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Given({ of: each, here }: { of: Feedback; here: string }) {
  const comment = asText(each.metadata.comment);
  return (
    <li>
      <b className={each.value < 0 ? styles.bad : styles.good}>{formatRating(each.value)}</b>
      {each.weight !== 1 && <span> × {each.weight}</span>}
      {comment && (
        <p>
          <SafeText text={comment} />
        </p>
      )}
      <span className={styles.quiet}>
        {each.user && <SafeText text={`${each.user} · `} />}
        <time dateTime={each.created_at}>{formatInstant(each.created_at)}</time>
        {each.log_id === here ? " · this log" : each.log_id ? " · another log" : " · the trace"}
      </span>
    </li>
  );
}

const VALUE_MAX = 10;

function Form({ logId, begun }: { logId: string; begun: number | null }) {
  const client = useQueryClient();
  const [value, setValue] = useState(begun === null ? "" : String(begun));
  const [weight, setWeight] = useState("1");
  const [comment, setComment] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (begun !== null) field.current?.focus();
  }, [begun]);
  const give = useMutation({
    mutationFn: giveFeedback,
    onSuccess: () => {
      setComment("");
      setValue("");
      announce("Feedback stored");
      return client.invalidateQueries({ queryKey: logQuery(logId).queryKey });
    },
  });
  const number = Number(value);
  const usable = value !== "" && Number.isInteger(number) && Math.abs(number) <= VALUE_MAX;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!usable || give.isPending) return;
    const metadata = comment.trim() ? { metadata: { comment: comment.trim() } } : {};
    give.mutate({ log_id: logId, value: number, weight: Number(weight), ...metadata });
  };
  return (
    <form className={styles.form} aria-label="Give feedback" onSubmit={submit}>
      <div className={styles.line}>
        <Button icon="good" aria-pressed={value === "1"} title="Good (Shift+↑)" onClick={() => setValue("1")}>
          Good
        </Button>
        <Button icon="bad" aria-pressed={value === "-1"} title="Bad (Shift+↓)" onClick={() => setValue("-1")}>
          Bad
        </Button>
        <label>
          Rating
          <input
            type="number"
            min={-VALUE_MAX}
            max={VALUE_MAX}
            step={1}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </label>
        <label>
          Weight
          <input
            type="number"
            min={0}
            max={1}
            step={0.1}
            value={weight}
            onChange={(event) => setWeight(event.target.value)}
          />
        </label>
      </div>
      <label className={styles.comment}>
        Comment
        <input ref={field} value={comment} onChange={(event) => setComment(event.target.value)} />
      </label>
      <div className={styles.line}>
        <Button type="submit" look="primary" disabled={!usable || give.isPending}>
          Give feedback
        </Button>
        {value !== "" && !usable && <span role="alert">A whole number from -10 to 10.</span>}
        {give.error && <span role="alert">It was not stored: {give.error.message}</span>}
        {give.isSuccess && value === "" && <span className={styles.quiet}>Stored.</span>}
      </div>
    </form>
  );
}
