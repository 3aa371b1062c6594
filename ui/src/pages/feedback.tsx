import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { deleteFeedback, feedbackQuery, giveFeedback } from "../api/feedback";
import type { Feedback } from "../api/types";
import { asText } from "../lib/json";
import { formatRating } from "../lib/numbers";
import { paths } from "../lib/paths";
import { formatInstant } from "../lib/time";
import { tableState } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { PlainPage } from "../parts/PlainPage";
import { Skeleton } from "../parts/Skeleton";
import { usePageState } from "../parts/usePageState";
import { announce } from "../ui/announce";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { SureButton } from "../ui/SureButton";
import { Table } from "../ui/Table";
import { useSettled } from "../ui/useSettled";

const TYPED_MS = 250;

/** What people, and judges, said of traces: the newest first. */
export default function FeedbackPage() {
  const { state, update } = usePageState(tableState);
  const [giving, setGiving] = useState(false);
  const traceId = useSettled(state.filter.trim(), TYPED_MS);
  const list = useInfiniteQuery(feedbackQuery(traceId));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <PlainPage
      title="Feedback"
      actions={!giving && <Button onClick={() => setGiving(true)}>Give feedback</Button>}
    >
      {giving && <GiveForm traceId={state.filter.trim()} onClose={() => setGiving(false)} />}
      <label className={form.field}>
        Trace
        <input
          className={form.input}
          type="search"
          size={36}
          placeholder="id of a trace"
          value={state.filter}
          onChange={({ target }) => update({ filter: target.value }, "replace")}
        />
      </label>
      {list.error && (
        <ErrorBox
          title="The feedback could not be loaded."
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.isPending && <Skeleton />}
      {list.isSuccess && rows.length === 0 && (
        <p>
          {traceId
            ? "Nobody has rated this trace."
            : "No feedback yet. Give some here, on a log's Feedback tab, or from a program."}
        </p>
      )}
      {rows.length > 0 && <FeedbackTable rows={rows} />}
      {list.hasNextPage && (
        <Button disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </PlainPage>
  );
}

function FeedbackTable({ rows }: { rows: Feedback[] }) {
  return (
    <Table label="Feedback">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col" data-number="">
            Rating
          </th>
          <th scope="col" data-number="">
            Weight
          </th>
          <th scope="col">Comment</th>
          <th scope="col">User</th>
          <th scope="col">Trace</th>
          <th scope="col" data-actions="">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ row }: { row: Feedback }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: deleteFeedback,
    onSuccess: () => client.invalidateQueries({ queryKey: ["feedback"] }),
  });
  const comment = asText(row.metadata.comment) ?? "";
  const { id, trace_id: trace, log_id: log } = row;
  return (
    <tr>
      <td>
        <time dateTime={row.created_at}>{formatInstant(row.created_at)}</time>
      </td>
      <td data-number="">{formatRating(row.value)}</td>
      <td data-number="">{row.weight}</td>
      <td data-short="" title={comment}>
        <SafeText text={comment} />
      </td>
      <td>
        <SafeText text={row.user ?? ""} />
      </td>
      <td data-short="">
        <Link
          href={paths.logs({ q: `trace:${JSON.stringify(trace)}`, from: "all" })}
          title="The logs of this trace"
        >
          <SafeText text={trace} />
        </Link>
      </td>
      <td data-actions="">
        {remove.error && <span role="alert">{remove.error.message} </span>}
        {log && <Link href={paths.log(log, "feedback")}>the log</Link>}
        <SureButton label="Delete" sure="Delete it?" onSure={() => remove.mutate(id)} />
      </td>
    </tr>
  );
}

const VALUE_MAX = 10;

/** Feedback on a trace by its id. */
function GiveForm({ traceId, onClose }: { traceId: string; onClose: () => void }) {
  const client = useQueryClient();
  const [trace, setTrace] = useState(traceId);
  const [value, setValue] = useState("1");
  const [weight, setWeight] = useState("1");
  const [comment, setComment] = useState("");
  const give = useMutation({
    mutationFn: giveFeedback,
    onSuccess: () => {
      announce("Feedback stored");
      setComment("");
      return client.invalidateQueries({ queryKey: ["feedback"] });
    },
  });
  const number = Number(value);
  const share = Number(weight);
  const rated = value !== "" && Number.isInteger(number) && Math.abs(number) <= VALUE_MAX;
  const weighed = weight !== "" && share >= 0 && share <= 1;
  const ready = trace.trim() !== "" && rated && weighed;
  return (
    <form
      className={form.form}
      aria-label="Give feedback"
      onSubmit={(event) => {
        event.preventDefault();
        const metadata = comment.trim() ? { metadata: { comment: comment.trim() } } : {};
        if (ready) give.mutate({ trace_id: trace.trim(), value: number, weight: share, ...metadata });
      }}
    >
      <h2>Give feedback</h2>
      <div className={form.line}>
        <label className={form.field}>
          Trace
          <input size={36} value={trace} autoFocus onChange={({ target }) => setTrace(target.value)} />
        </label>
        <label className={form.field}>
          Rating
          <input
            type="number"
            min={-VALUE_MAX}
            max={VALUE_MAX}
            step={1}
            value={value}
            onChange={({ target }) => setValue(target.value)}
          />
        </label>
        <label className={form.field}>
          Weight
          <input
            type="number"
            min={0}
            max={1}
            step={0.1}
            value={weight}
            onChange={({ target }) => setWeight(target.value)}
          />
        </label>
        <label className={form.field}>
          Comment
          <input size={36} value={comment} onChange={({ target }) => setComment(target.value)} />
        </label>
      </div>
      {!rated && <p className={form.problem}>A rating is a whole number from -10 to 10.</p>}
      {!weighed && <p className={form.problem}>A weight is from 0 to 1.</p>}
      {give.error && (
        <p role="alert" className={form.problem}>
          It was not stored: {give.error.message}
        </p>
      )}
      <div className={form.line}>
        <Button type="submit" look="primary" disabled={!ready || give.isPending}>
          Give feedback
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
        {give.isSuccess && <span className={form.note}>Stored.</span>}
      </div>
    </form>
  );
}
