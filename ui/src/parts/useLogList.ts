import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { logsQuery, PAGE_SIZE, type LogsQuestion, type PageStart } from "../api/logs";
import type { LiveTail } from "./useLiveTail";
import { rowList } from "./row-list";

/** So many rows before an end the next page is asked for. */
const END_NEAR = 40;

/**
 * The rows of a question, page by page. Beyond 20,000 the far end is dropped and fetched again when it is
 * scrolled to. While a new question is asked, and when it is refused, the old rows stay.
 */
export function useLogList(
  question: LogsQuestion,
  enabled: boolean,
  { fresh, changed }: Pick<LiveTail, "fresh" | "changed">,
) {
  const query = useInfiniteQuery({ ...logsQuery(question), enabled });
  const client = useQueryClient();
  const [good, setGood] = useState(query.data);
  if (query.data && query.data !== good) setGood(query.data);
  const data = query.data ?? good;
  const list = useMemo(
    () => rowList(fresh, droppedOf(data?.pageParams), data?.pages.map((page) => page.data) ?? [], changed),
    [data, fresh, changed],
  );

  const { hasNextPage, hasPreviousPage, isFetching, isError, fetchNextPage, fetchPreviousPage } = query;
  const gapEnd = fresh.length + droppedOf(data?.pageParams);
  const begin = useCallback(
    () => client.resetQueries({ queryKey: logsQuery(question).queryKey, exact: true }),
    [client, question],
  );
  const seen = useCallback(
    (first: number, last: number) => {
      if (isFetching || isError) return;
      // Far beyond what is here, one begins anew rather than walk back page by page.
      if (hasPreviousPage && first < PAGE_SIZE && last < gapEnd - PAGE_SIZE) void begin();
      else if (hasNextPage && last >= list.length - END_NEAR) void fetchNextPage();
      else if (hasPreviousPage && first < gapEnd + END_NEAR) void fetchPreviousPage();
    },
    [
      isFetching,
      isError,
      hasNextPage,
      hasPreviousPage,
      fetchNextPage,
      fetchPreviousPage,
      list,
      gapEnd,
      begin,
    ],
  );
  return {
    ...query,
    list,
    seen,
    /** The rows are those of another question. */
    stale: query.isPlaceholderData || (query.data === undefined && good !== undefined),
  };
}

/** How many rows stood before the first page that is still here. */
function droppedOf(starts: unknown[] | undefined): number {
  return ((starts?.[0] as PageStart | undefined)?.depth ?? 0) * PAGE_SIZE;
}
