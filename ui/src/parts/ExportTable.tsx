import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  cancelExport,
  deleteExport,
  exportLink,
  exportsQuery,
  startExport,
  type ExportJob,
} from "../api/exports";
import { asText } from "../lib/json";
import { formatBytes, formatCount, formatShare } from "../lib/numbers";
import { formatInstant } from "../lib/time";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { SureButton } from "../ui/SureButton";
import { Table } from "../ui/Table";
import styles from "./ExportTable.module.css";

/** Every export of the workspace, the newest first. */
export function ExportTable({ jobs }: { jobs: ExportJob[] }) {
  const [seenAt] = useState(Date.now);
  return (
    <Table label="Exports">
      <thead>
        <tr>
          <th scope="col">Made</th>
          <th scope="col">State</th>
          <th scope="col">Question</th>
          <th scope="col">File</th>
          <th scope="col" data-number="">
            Fields
          </th>
          <th scope="col" data-number="">
            Logs
          </th>
          <th scope="col" data-actions="">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.id} job={job} seenAt={seenAt} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ job, seenAt }: { job: ExportJob; seenAt: number }) {
  return (
    <tr>
      <td>
        <time dateTime={job.created_at}>{formatInstant(job.created_at)}</time>
      </td>
      <td>
        <State job={job} gone={isGone(job, seenAt)} />
      </td>
      <td data-short="" title={questionText(job)}>
        <SafeText text={questionText(job)} />
      </td>
      <td>
        {job.format}
        {job.gzip && ".gz"}
        {job.size_bytes !== null && ` · ${formatBytes(job.size_bytes)}`}
      </td>
      <td data-number="">{job.requested_data.length || "all"}</td>
      <td data-number="">{formatCount(job.total_records)}</td>
      <td data-actions="">
        <Actions job={job} gone={isGone(job, seenAt)} />
      </td>
    </tr>
  );
}

function State({ job, gone }: { job: ExportJob; gone: boolean }) {
  const { status, rows_done: done, total_records: all } = job;
  switch (status) {
    case "draft":
      return <span>Draft</span>;
    case "in_progress":
      return (
        <span className={styles.running}>
          <progress aria-label="Logs written" value={done} max={Math.max(all, 1)} />
          {formatCount(done)} of {formatCount(all)} ({formatShare(done, all)})
        </span>
      );
    case "stopped":
      return <span>Cancelled</span>;
    case "failed":
      return (
        <span className={styles.failed}>
          <span aria-hidden="true">■</span> Failed{job.error && <>: {<SafeText text={job.error} />}</>}
        </span>
      );
    case "success":
      if (gone) return <span>File deleted</span>;
      return (
        <span>
          <span aria-hidden="true" className={styles.ok}>
            ●
          </span>{" "}
          Ready
          {job.expires_at && (
            <span className={styles.quiet}>
              {" "}
              until <time dateTime={job.expires_at}>{formatInstant(job.expires_at)}</time>
            </span>
          )}
        </span>
      );
  }
}

function Actions({ job, gone }: { job: ExportJob; gone: boolean }) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: exportsQuery.queryKey });
  const start = useMutation({ mutationFn: startExport, onSettled });
  const cancel = useMutation({ mutationFn: cancelExport, onSettled });
  const remove = useMutation({ mutationFn: deleteExport, onSettled });
  const fetchFile = useMutation({
    mutationFn: exportLink,
    // The server sends it as an attachment: the page stays.
    onSuccess: ({ url }) => location.assign(url),
  });
  const failure = start.error ?? cancel.error ?? remove.error ?? fetchFile.error;
  const ready = job.status === "success" && !gone;
  const startable = job.status !== "in_progress" && !ready;
  return (
    <span className={styles.actions}>
      {failure && <span role="alert">{failure.message}</span>}
      {ready && (
        <Button onClick={() => fetchFile.mutate(job.id)} disabled={fetchFile.isPending}>
          Download
        </Button>
      )}
      {startable && (
        <Button onClick={() => start.mutate(job.id)} disabled={start.isPending}>
          {job.status === "draft" ? "Start" : "Start again"}
        </Button>
      )}
      {job.status === "in_progress" ? (
        <Button onClick={() => cancel.mutate(job.id)} disabled={cancel.isPending}>
          Cancel
        </Button>
      ) : (
        <SureButton label="Delete" sure="Delete it?" onSure={() => remove.mutate(job.id)} />
      )}
    </span>
  );
}

function isGone({ status, expires_at: until }: ExportJob, now: number): boolean {
  return status === "success" && until !== null && Date.parse(until) <= now;
}

/** The question of an export in a line: its words and its range. */
function questionText({ q, filters }: ExportJob): string {
  const { time_of_generation_min: min, time_of_generation_max: max } = filters;
  const [from, to] = [asText(min), asText(max)];
  const range = [from && `from ${shortTime(from)}`, to && `to ${shortTime(to)}`].filter(Boolean).join(" ");
  return [q, range].filter(Boolean).join(" · ") || "every log";
}

function shortTime(text: string): string {
  return Number.isNaN(Date.parse(text)) ? text : formatInstant(text).slice(0, 16);
}
