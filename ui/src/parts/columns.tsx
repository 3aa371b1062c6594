import type { ReactNode } from "react";
import type { LogRow } from "../api/types";
import { fromFirstMark } from "../lib/marks";
import { formatCount, formatLatency, formatRating, plural } from "../lib/numbers";
import { formatAgo, formatInstant, formatRowTime } from "../lib/time";
import type { SortField } from "../lib/url-state";
import { SafeText } from "../ui/SafeText";
import { Cost } from "./Cost";
import { Marked } from "./Marked";
import { Status } from "./Status";

export interface Column {
  id: string;
  title: string;
  /** px, unless the reader chose another width. */
  width: number;
  /** Takes the room that is left. */
  grows?: boolean;
  numeric?: boolean;
  sort?: SortField;
  /** The field of the query language and its value that find rows with this cell. */
  field?: string;
  value?: (row: LogRow) => string | number | null | undefined;
  cell: (row: LogRow, now: number) => ReactNode;
  /** Where one points: the whole of what is cut, and more. */
  more?: (row: LogRow, now: number) => string | null | undefined;
}

function textColumn(
  id: string,
  title: string,
  width: number,
  value: (row: LogRow) => string | null | undefined,
) {
  return {
    id,
    title,
    width,
    field: id,
    value,
    cell: (row: LogRow) => <Text text={value(row)} />,
    more: value,
  } satisfies Column;
}

/** Every column that a list can have, but those of metadata keys. */
export const COLUMNS: Column[] = [
  {
    id: "time",
    title: "Time",
    width: 136,
    sort: "time",
    cell: ({ created_at }, now) => <Time iso={created_at} now={now} />,
    more: ({ created_at }, now) => `${formatInstant(created_at)} · ${formatAgo(created_at, now)}`,
  },
  {
    id: "status",
    title: "Status",
    width: 64,
    field: "status",
    value: (row) => row.response_status_code,
    cell: (row) => <Status status={row.response_status_code} />,
  },
  textColumn("model", "Model", 168, (row) => row.ai_model),
  textColumn("provider", "Provider", 96, (row) => row.ai_org),
  textColumn("user", "User", 112, (row) => row.user),
  {
    id: "preview",
    title: "Preview",
    width: 240,
    grows: true,
    cell: (row) => <Preview row={row} />,
    more: previewOf,
  },
  {
    id: "tokens",
    title: "Tokens",
    width: 72,
    numeric: true,
    sort: "tokens",
    field: "tokens",
    value: (row) => row.total_units,
    cell: (row) => formatCount(row.total_units),
    more: (row) => `${formatCount(row.req_units)} in, ${formatCount(row.res_units)} out`,
  },
  {
    id: "in",
    title: "In",
    width: 72,
    numeric: true,
    field: "in",
    value: (row) => row.req_units,
    cell: (row) => formatCount(row.req_units),
  },
  {
    id: "out",
    title: "Out",
    width: 72,
    numeric: true,
    field: "out",
    value: (row) => row.res_units,
    cell: (row) => formatCount(row.res_units),
  },
  {
    id: "cost",
    title: "Cost",
    width: 84,
    numeric: true,
    sort: "cost",
    cell: (row) => <Cost cents={row.cost} />,
  },
  {
    id: "latency",
    title: "Latency",
    width: 80,
    numeric: true,
    sort: "latency",
    field: "latency",
    value: (row) => row.response_time,
    cell: (row) => formatLatency(row.response_time),
  },
  {
    id: "ttft",
    title: "TTFT",
    width: 76,
    numeric: true,
    field: "ttft",
    value: (row) => row.first_token_ms,
    cell: (row) => formatLatency(row.first_token_ms ?? null),
  },
  textColumn("cache", "Cache", 88, (row) => row.cache_status),
  {
    id: "retries",
    title: "Retries",
    width: 64,
    numeric: true,
    field: "retry",
    value: (row) => row.retry_success_count,
    cell: (row) => formatCount(row.retry_success_count ?? null),
  },
  textColumn("trace", "Trace", 144, (row) => row.trace_id),
  textColumn("name", "Span name", 144, (row) => row.span_name),
  textColumn("kind", "Kind", 80, (row) => row.kind),
  textColumn("session", "Session", 128, (row) => row.session),
  textColumn("key", "API key", 112, (row) => row.api_key_id),
  textColumn("prompt", "Prompt", 112, (row) => row.prompt_slug),
  textColumn("config", "Config", 112, (row) => row.config),
  textColumn("finish", "Finish", 88, (row) => row.finish_reason),
  {
    id: "feedback",
    title: "Feedback",
    width: 72,
    numeric: true,
    field: "feedback",
    value: (row) => row.feedback?.avg_weighted_feedback,
    cell: ({ feedback }) => (feedback ? formatRating(feedback.avg_weighted_feedback) : null),
    more: ({ feedback }) => feedback && plural(feedback.total, "rating"),
  },
];

export const DEFAULT_COLUMNS = ["time", "status", "model", "user", "preview", "tokens", "cost", "latency"];

const METADATA = "metadata.";
export const WIDTH_MIN = 48;
export const WIDTH_MAX = 960;

/** The column of an id; undefined when there is none. */
export function columnOf(id: string): Column | undefined {
  if (!id.startsWith(METADATA) || id === METADATA) return COLUMNS.find((column) => column.id === id);
  const key = id.slice(METADATA.length);
  return { ...textColumn(id, key, 120, (row) => metadataOf(row, key)), id };
}

function metadataOf(row: LogRow, key: string): string | null {
  return row["metadata.value"][row["metadata.key"].indexOf(key)] ?? null;
}

/** "model", "model@220": a column as `cols` has it, with the width that was chosen. */
export function readColumn(text: string): Column | undefined {
  const [, id = text, width] = /^(.*)@(\d{2,3})$/s.exec(text) ?? [];
  const column = columnOf(id);
  return column && width !== undefined
    ? { ...column, width: Math.min(Math.max(Number(width), WIDTH_MIN), WIDTH_MAX), grows: false }
    : column;
}

/** The same, written. */
export function writeColumn({ id, width, grows }: Column): string {
  const known = columnOf(id);
  const plain = known?.width === width && known.grows === grows;
  // A key that looks as if it had a width is given one.
  return plain && !/@\d{2,3}$/.test(id) ? id : `${id}@${width}`;
}

/** The columns of a list, those that do not exist left out. */
export function columnsOf(cols: string[] | null): Column[] {
  return (cols ?? DEFAULT_COLUMNS).flatMap((text) => readColumn(text) ?? []);
}

/** What `cols` names that does not exist. */
export function unknownColumns(cols: string[] | null): string[] {
  return (cols ?? []).filter((text) => !readColumn(text));
}

function Time({ iso, now }: { iso: string; now: number }) {
  return (
    <time dateTime={iso}>
      <span data-time="at">{formatRowTime(iso, now)}</span>
      <span data-time="ago">{formatAgo(iso, now)}</span>
    </time>
  );
}

/** Characters before what was searched for: some context, and it is seen in a narrow column. */
const LEAD = 16;

/** Where the searched words stand, else how the conversation goes on. */
function Preview({ row }: { row: LogRow }) {
  const [found] = row.highlights ?? [];
  return found ? <Marked {...fromFirstMark(found, LEAD)} /> : <Text text={previewOf(row)} />;
}

function previewOf(row: LogRow): string | null {
  return row.preview ?? row.response_preview ?? row.error_message ?? row.span_name;
}

/** In an element of its own, so that it can be cut. */
function Text({ text }: { text: string | null | undefined }) {
  return text ? (
    <span>
      <SafeText text={text} />
    </span>
  ) : null;
}
