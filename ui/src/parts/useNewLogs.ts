import { useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { logsQuery, newLogsQuery, type LogsQuestion } from "../api/logs";
import type { LogPage, LogRow } from "../api/types";
import { announce } from "../ui/announce";
import { plural } from "../lib/numbers";

interface Options {
  question: LogsQuestion;
  /** The pages of the list, once loaded. */
  pages: LogPage[] | undefined;
  enabled: boolean;
  /** New rows may enter by themselves: the reader is at the top and looks at none in particular. */
  mayEnter: boolean;
  reload: () => void;
}

/** Looks for logs that came in since the list was loaded, and lets them in at the top. */
export function useNewLogs({ question, pages, enabled, mayEnter, reload }: Options) {
  const client = useQueryClient();
  const newestFirst = question.sort.field === "time" && question.sort.direction === "desc";
  const look = useQuery(newLogsQuery(question, enabled && pages !== undefined && newestFirst));
  const fresh = useMemo(() => unseen(look.data, pages), [look.data, pages]);

  const enter = useCallback(() => {
    if (fresh.overflow) reload();
    else if (fresh.rows.length > 0) {
      client.setQueryData<InfiniteData<LogPage, string>>(
        logsQuery(question).queryKey,
        (list) => list && withNewRows(list, fresh.rows),
      );
    }
  }, [client, fresh, question, reload]);

  useEffect(() => {
    if (mayEnter) enter();
  }, [mayEnter, enter]);

  const count = fresh.rows.length;
  useEffect(() => {
    if (count > 0) announce(plural(count, "new log"));
  }, [count]);

  return { count, more: fresh.overflow, enter, failed: look.isError };
}

/** Rows of the newest page that the list lacks; `overflow` when there are more than that page holds. */
function unseen(
  newest: LogPage | undefined,
  pages: LogPage[] | undefined,
): { rows: LogRow[]; overflow: boolean } {
  if (!newest || !pages) return { rows: [], overflow: false };
  const known = new Set(pages.flatMap((page) => page.data.map((row) => row.id)));
  const rows = newest.data.filter((row) => !known.has(row.id));
  return { rows, overflow: newest.has_more && rows.length === newest.data.length };
}

function withNewRows(list: InfiniteData<LogPage, string>, rows: LogRow[]): InfiniteData<LogPage, string> {
  const [first, ...rest] = list.pages;
  if (!first) return list;
  const total = first.total === null ? null : first.total + rows.length;
  // A log may come late: it goes where its time belongs.
  const data = [...rows, ...first.data].sort((a, b) => compare(b.created_at, a.created_at));
  return { ...list, pages: [{ ...first, total, data }, ...rest] };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
