import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { logsQuery, questionOf, ROWS_MAX } from "../api/logs";
import type { LogRow } from "../api/types";
import { formatCount } from "../lib/numbers";
import { paths } from "../lib/paths";
import { withClause, withoutSort } from "../lib/query/edit";
import type { Fields } from "../lib/query/fields";
import { tryParse } from "../lib/query/parse";
import { Mistake } from "../lib/query/syntax";
import { isInstant } from "../lib/time";
import { logsState, SORT_FIELDS, TABS, type LogsState, type Sort, type SortField } from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { ErrorBox } from "../parts/ErrorBox";
import { ListStatus } from "../parts/ListStatus";
import { LogPanel } from "../parts/LogPanel";
import { LogTable, type LogTableHandle } from "../parts/LogTable";
import { NoMatch } from "../parts/NoMatch";
import { QueryBar } from "../parts/QueryBar";
import { problemOf } from "../parts/server-problem";
import { useListedKeys, useShortcuts } from "../parts/shortcuts";
import { Skeleton } from "../parts/Skeleton";
import { useFields } from "../parts/useCompletion";
import { useNewLogs } from "../parts/useNewLogs";
import { usePageQuestion } from "../parts/usePageState";
import styles from "./logs.module.css";

/** Bound by the table itself. */
const LISTED: [string[], string][] = [
  [["PageUp", "PageDown", "Home", "End"], "further"],
  [["ArrowLeft", "ArrowRight"], "cell"],
  [["Enter"], "open beside the list"],
  [["i"], "filter for the cell's value"],
];

export default function LogsPage() {
  // A relative range is seen from `now`: all pages of one list share one range.
  const { state, problems, update, now, ask: askPage, reload: reloadPage } = usePageQuestion(logsState);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [atTop, setAtTop] = useState(true);
  const table = useRef<LogTableHandle>(null);

  const fields = useFields();
  const sort = useMemo(() => sortOf(state, fields), [state, fields]);
  const question = useMemo(() => questionOf(state, now), [state, now]);
  const usable = problems.length === 0;
  const list = useInfiniteQuery({ ...logsQuery(question), enabled: usable });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? null;
  const refusal = problemOf(list.error);

  const reload = useCallback(() => {
    reloadPage();
    table.current?.scrollToTop();
  }, [reloadPage]);
  const news = useNewLogs({
    question,
    pages: list.isPlaceholderData ? undefined : list.data?.pages,
    enabled: usable && state.to === null && !isInstant(state.from),
    mayEnter: atTop && state.log === null,
    reload,
  });
  const showNew = () => {
    news.enter();
    table.current?.scrollToTop();
  };

  /** A new question, asked as of now. */
  const ask = useCallback(
    (patch: Partial<LogsState>) => {
      askPage(patch);
      table.current?.scrollToTop();
    },
    [askPage],
  );
  const addFilter = useCallback(
    (filter: ValueFilter) => ask({ q: withClause(state.q, filter, fields) }),
    [ask, state.q, fields],
  );
  const sortBy = (field: SortField) => {
    const again = sort.field === field && sort.direction === "desc";
    ask({ sort: { field, direction: again ? "asc" : "desc" }, q: withoutSort(state.q, fields) });
  };
  const open = useCallback(
    (row: LogRow) => update({ log: row.id }, state.log === null ? "push" : "replace"),
    [update, state.log],
  );
  const follow = (row: LogRow) => {
    if (state.log !== null) update({ log: row.id }, "replace");
  };
  const close = () => {
    update({ log: null, tab: "chat" });
    table.current?.focus();
  };
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);

  useShortcuts("list", [
    { keys: ["j"], does: "next log", run: () => table.current?.move(1) },
    { keys: ["k"], does: "previous log", run: () => table.current?.move(-1) },
    { keys: ["ArrowDown"], does: "", run: () => table.current?.moveUnlessReading(1) },
    { keys: ["ArrowUp"], does: "", run: () => table.current?.moveUnlessReading(-1) },
    {
      keys: ["o"],
      does: "open as a page",
      run: () => {
        const id = state.log ?? table.current?.current()?.id;
        if (id) navigate(paths.log(id, state.tab));
      },
    },
    { keys: ["."], does: "show new logs", run: showNew },
    {
      keys: ["Escape"],
      does: "close the log, or stop loading",
      run: () => {
        if (state.log !== null) close();
        else void client.cancelQueries({ queryKey: ["logs"] });
      },
    },
  ]);
  useListedKeys("list", LISTED);
  useShortcuts(
    "panel",
    state.log === null
      ? []
      : TABS.map((tab, index) => ({
          keys: [String(index + 1)],
          does: tab,
          run: () => update({ tab }, "replace"),
        })),
  );

  const failed = list.error !== null && !refusal;
  return (
    <div className={styles.page}>
      <title>Logs · Portlog</title>
      <div className={styles.list}>
        <div className={styles.head}>
          <div className={styles.titleLine}>
            <h1>Logs</h1>
            <ListStatus total={total} news={news} onShowNew={showNew} />
          </div>
          <QueryBar
            question={state}
            now={now}
            problems={problems}
            error={list.error}
            onChange={ask}
            onCommitted={() => requestAnimationFrame(() => table.current?.focus())}
            onReload={reload}
          />
        </div>
        <div className={styles.progress} data-on={list.isFetching && !list.isFetchingNextPage} />
        {failed && !list.isFetchNextPageError && (
          <ErrorBox
            title="The logs could not be loaded."
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
        {list.isPending && usable && !failed && !refusal && <Skeleton />}
        {!list.isPending && rows.length === 0 && !list.isPlaceholderData && (
          <NoMatch state={state} fields={fields} now={now} onChange={ask} />
        )}
        {rows.length > 0 && (
          <LogTable
            ref={table}
            rows={rows}
            total={total}
            sort={sort}
            now={now}
            selectedId={state.log}
            stale={list.isPlaceholderData || !usable}
            foot={<Foot shown={rows.length} more={hasNextPage} full={rows.length >= ROWS_MAX} list={list} />}
            onOpen={open}
            onMove={follow}
            onSort={sortBy}
            onFilter={addFilter}
            onEndNear={loadMore}
            onScrolledToTop={setAtTop}
          />
        )}
      </div>
      {state.log !== null && (
        <LogPanel
          id={state.log}
          summary={rows.find((row) => row.id === state.log)}
          tab={state.tab}
          onTab={(tab) => update({ tab }, "replace")}
          onFilter={addFilter}
          onClose={close}
        />
      )}
    </div>
  );
}

/** The order that is shown: a `sort:` of the query wins over the header's. */
function sortOf({ q, sort }: LogsState, fields: Fields): Sort {
  const query = tryParse(q, fields);
  if (query instanceof Mistake || !query.sort) return sort;
  const { by, descending } = query.sort;
  const field = SORT_FIELDS.find((each) => each === by) ?? "time";
  return { field, direction: descending ? "desc" : "asc" };
}

interface FootProps {
  shown: number;
  more: boolean;
  full: boolean;
  list: { isFetchNextPageError: boolean; error: Error | null; fetchNextPage: () => Promise<unknown> };
}

/** What comes after the last row. */
function Foot({ shown, more, full, list }: FootProps) {
  if (list.isFetchNextPageError && list.error) {
    return (
      <ErrorBox
        title="The next logs could not be loaded."
        error={list.error}
        onRetry={() => void list.fetchNextPage()}
      />
    );
  }
  if (full) {
    return (
      <p className={styles.foot}>
        {formatCount(shown)} logs are shown. Narrow the filter or the time to see others.
      </p>
    );
  }
  return <p className={styles.foot}>{more ? "Loading more…" : "That is all."}</p>;
}
