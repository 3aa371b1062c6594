/** Exports: draft, start, cancel, delete, fetch. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { JsonObject } from "../lib/json";
import { call } from "./client";
import { questionParams, type Asked } from "./question";
import type { Page } from "./types";

export const EXPORT_FORMATS = ["jsonl", "csv", "parquet"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** One line of `GET /v1/logs/exports`. */
export interface ExportJob {
  id: string;
  status: "draft" | "in_progress" | "success" | "failed" | "stopped";
  description: string;
  q: string;
  filters: JsonObject;
  requested_data: string[];
  format: string;
  gzip: boolean;
  created_at: string;
  /** Logs that the file holds, or will. */
  total_records: number;
  rows_done: number;
  size_bytes: number | null;
  expires_at: string | null;
  error: string | null;
}

export interface ExportField {
  name: string;
  type: string;
  meaning: string;
  /** Whether an export that names no fields has it. */
  default: boolean;
}

export interface ExportFields {
  denied_fields: string[];
  fields: ExportField[];
}

export interface ExportPreview {
  /** Logs that match. */
  total: number;
  /** Logs that the file would hold. */
  total_records: number;
  rows: JsonObject[];
}

/** What is asked for; `limit` null is the server's own. */
export interface ExportOrder {
  asked: Asked;
  fields: string[];
  limit: number | null;
  format: ExportFormat;
  gzip: boolean;
}

/** The body of a create. */
export function orderBody({ asked, fields, limit, format, gzip }: ExportOrder) {
  const { q, ...range } = questionParams(asked);
  const filters = { ...range, ...(limit === null ? {} : { page_size: limit }) };
  return { q: q ?? "", filters, requested_data: fields, format, gzip: gzip && format !== "parquet" };
}

const LOOK_AGAIN_MS = 700;

/** Looks again while one is being made. */
export const exportsQuery = queryOptions({
  queryKey: ["exports"] as const,
  queryFn: async ({ signal }) => (await call<Page<ExportJob>>("logs/exports", { signal })).data,
  refetchInterval: ({ state }) =>
    state.data?.some(({ status }) => status === "in_progress") ? LOOK_AGAIN_MS : false,
});

export const exportFieldsQuery = queryOptions({
  queryKey: ["export-fields"] as const,
  queryFn: ({ signal }) => call<ExportFields>("logs/exports/field-restrictions", { signal }),
  staleTime: Infinity,
});

export function previewQuery(order: ExportOrder) {
  return queryOptions({
    queryKey: ["export-preview", order] as const,
    queryFn: ({ signal }) =>
      call<ExportPreview>("logs/exports/preview", { method: "POST", body: orderBody(order), signal }),
    placeholderData: keepPreviousData,
  });
}

const at = (id: string) => `logs/exports/${encodeURIComponent(id)}`;

/** Drafts it and has its file made. */
export async function makeExport(order: ExportOrder): Promise<string> {
  const { id } = await call<{ id: string }>("logs/exports", { method: "POST", body: orderBody(order) });
  await startExport(id);
  return id;
}

export const startExport = (id: string) => call(`${at(id)}/start`, { method: "POST" });

export const cancelExport = (id: string) => call(`${at(id)}/cancel`, { method: "POST" });

export const deleteExport = (id: string) => call(at(id), { method: "DELETE" });

/** A link to the file, good for an hour. */
export const exportLink = (id: string) => call<{ url: string }>(`${at(id)}/download`);
