import type { ReactNode } from "react";
import type { LogRow } from "../api/types";
import { visible } from "../lib/hostile";
import { formatCount, formatLatency } from "../lib/numbers";
import { formatAgo, formatInstant, formatRowTime } from "../lib/time";
import type { SortField } from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { SafeText } from "../ui/SafeText";
import { Cost } from "./Cost";
import { Status } from "./Status";

export interface Column {
  id: string;
  title: string;
  /** A grid track. */
  width: string;
  numeric?: boolean;
  sort?: SortField;
  /** The filter that finds rows with this cell's value. */
  filter?: (row: LogRow) => ValueFilter | null;
  cell: (row: LogRow, now: number) => ReactNode;
}

/** The list's columns, in order. */
export const COLUMNS: Column[] = [
  {
    id: "time",
    title: "Time",
    width: "132px",
    sort: "time",
    cell: ({ created_at }, now) => (
      <time dateTime={created_at} title={`${formatInstant(created_at)} · ${formatAgo(created_at, now)}`}>
        {formatRowTime(created_at, now)}
      </time>
    ),
  },
  {
    id: "status",
    title: "Status",
    width: "68px",
    filter: (row) => valueFilter("status", row.response_status_code?.toString()),
    cell: (row) => <Status status={row.response_status_code} />,
  },
  {
    id: "model",
    title: "Model",
    width: "minmax(112px, 176px)",
    filter: (row) => valueFilter("model", row.ai_model),
    cell: (row) => <Text text={row.ai_model} />,
  },
  {
    id: "provider",
    title: "Provider",
    width: "minmax(68px, 104px)",
    filter: (row) => valueFilter("provider", row.ai_org),
    cell: (row) => <Text text={row.ai_org} />,
  },
  {
    id: "user",
    title: "User",
    width: "minmax(72px, 120px)",
    filter: (row) => valueFilter("user", row.user),
    cell: (row) => <Text text={row.user} />,
  },
  {
    id: "preview",
    title: "Preview",
    width: "minmax(160px, 1fr)",
    cell: (row) => <Text text={row.preview ?? row.response_preview ?? row.span_name} />,
  },
  {
    id: "tokens",
    title: "Tokens",
    width: "68px",
    numeric: true,
    sort: "tokens",
    cell: (row) => (
      <span title={`${formatCount(row.req_units)} in, ${formatCount(row.res_units)} out`}>
        {formatCount(row.total_units)}
      </span>
    ),
  },
  {
    id: "cost",
    title: "Cost",
    width: "64px",
    numeric: true,
    sort: "cost",
    cell: (row) => <Cost cents={row.cost} />,
  },
  {
    id: "latency",
    title: "Latency",
    width: "80px",
    numeric: true,
    sort: "latency",
    cell: (row) => formatLatency(row.response_time),
  },
];

function Text({ text }: { text: string | null }) {
  return text === null ? null : (
    <span title={visible(text)}>
      <SafeText text={text} />
    </span>
  );
}

function valueFilter(field: string, value: string | null | undefined): ValueFilter | null {
  return value ? { field, value } : null;
}
