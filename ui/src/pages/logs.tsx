import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { questionOf, statsQuery } from "../api/logs";
import { askedAt } from "../api/question";
import type { LogRow } from "../api/types";
import { early } from "../lib/early";
import { paths } from "../lib/paths";
import { withClause, withoutSort } from "../lib/query/edit";
import type { Fields } from "../lib/query/fields";
import { tryParse } from "../lib/query/parse";
import { Mistake } from "../lib/query/syntax";
import { isLong } from "../lib/time";
import {
  logsState,
  SORT_FIELDS,
  type LogsState,
  type Problem,
  type Sort,
  type SortField,
} from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { Boundary } from "../parts/Boundary";
import { ColumnMenu } from "../parts/ColumnMenu";
import { columnsOf, unknownColumns, writeColumn } from "../parts/columns";
import { ErrorBox } from "../parts/ErrorBox";
import { FacetColumn } from "../parts/FacetColumn";
import { ListFoot } from "../parts/ListFoot";
import { ListNotes } from "../parts/ListNotes";
import { LiveButton } from "../parts/LiveButton";
import { LogTable, type LogTableHandle } from "../parts/LogTable";
import { NoMatch } from "../parts/NoMatch";
import { QueryBar } from "../parts/QueryBar";
import { SaveView } from "../parts/SaveView";
import { failureOf, problemOf } from "../parts/server-problem";
import { useListedKeys, useShortcuts } from "../parts/shortcuts";
import { Skeleton } from "../parts/Skeleton";
import { StatsStrip } from "../parts/StatsStrip";
import { useTabKeys } from "../parts/tab-keys";
import { useFields } from "../parts/useCompletion";
import { useLiveTail } from "../parts/useLiveTail";
import { useLogList } from "../parts/useLogList";
import { useMarks } from "../parts/useMarks";
import { usePageQuestion } from "../parts/usePageState";
import { viewOf } from "../parts/views";
import { ViewsMenu } from "../parts/ViewsMenu";
import { Progress, Stopped } from "../parts/Waiting";
import { announce } from "../ui/announce";
import { KeysAhead, useKeysAhead } from "../ui/useKeys";
import { useTick } from "../ui/useTick";
import styles from "./logs.module.css";

const [LogPanel, loadPanel] = early(
  async () => (await import("../parts/LogPanel")).LogPanel,
  () => <KeysAhead />,
);

/** Bound by the table itself. */
const LISTED: [string[], string][] = [
  [["PageUp", "PageDown", "Home", "End"], "further"],
  [["ArrowLeft", "ArrowRight"], "cell"],
  [["Enter"], "open beside the list"],
  [["i"], "filter for the cell's value"],
  [["I"], "filter it out"],
];

export default function LogsPage() {
  const { state, problems, update, now, ask: askPage, reload: reloadPage } = usePageQuestion(logsState);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const fields = useFields();
  const table = useRef<LogTableHandle>(null);
  const views = useRef<HTMLButtonElement>(null);
  const [idle, setIdle] = useState(true);
  const [saving, setSaving] = useState(false);
  const { marked, toggle, mark, clear: clearMarks } = useMarks();

  const sort = useMemo(() => sortOf(state, fields), [state, fields]);
  const { q, from, to } = state;
  const question = useMemo(() => questionOf({ q, from, to, sort }, now), [q, from, to, sort, now]);
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const columns = useMemo(() => columnsOf(state.cols), [state.cols]);
  const usable = problems.length === 0;
  const known = useRef<(id: string) => boolean>(() => false);
  const notLive = whyNotLive(state, sort);
  const live = useLiveTail({
    asked,
    on: state.live && notLive === null && usable,
    mayEnter: idle && state.log === null && marked.size === 0,
    isKnown: useCallback((id: string) => known.current(id), []),
  });
  const logs = useLogList(question, usable, live);
  const { list } = logs;
  useEffect(() => {
    known.current = list.has;
  }, [list]);
  // The list may show a sample of what comes; the totals count all of it.
  const refetchInterval = live.state === "live" && COUNT_AGAIN_MS;
  const stats = useQuery({ ...statsQuery(asked), enabled: usable, refetchInterval });
  const refusal = problemOf(logs.error);
  const counted = stats.isPlaceholderData ? undefined : stats.data?.totals.logs;
  const total = logs.stale ? null : (counted ?? (logs.hasNextPage ? null : list.length));

  const { clear: clearLive } = live;
  const reload = useCallback(() => {
    clearLive();
    reloadPage();
    table.current?.scrollToTop();
  }, [clearLive, reloadPage]);
  const showNew = () => {
    if (!live.enter()) reload();
    // Whoever asks for what is new looks at no row.
    table.current?.release();
    table.current?.scrollToTop();
  };

  /** A new question, asked as of now. */
  const ask = useCallback(
    (patch: Partial<LogsState>) => {
      clearLive();
      askPage(patch);
      table.current?.scrollToTop();
    },
    [askPage, clearLive],
  );
  const addFilter = useCallback(
    (filter: ValueFilter) => ask({ q: withClause(q, filter, fields) }),
    [ask, q, fields],
  );
  const sortBy = useCallback(
    (field: SortField) => {
      const again = sort.field === field && sort.direction === "desc";
      ask({ sort: { field, direction: again ? "asc" : "desc" }, q: withoutSort(q, fields) });
    },
    [ask, sort, q, fields],
  );
  const resize = useCallback(
    (id: string, width: number) => {
      const cols = columns.map((column) =>
        writeColumn(column.id === id ? { ...column, width, grows: false } : column),
      );
      update({ cols }, "replace");
    },
    [columns, update],
  );
  const open = useCallback(
    (row: LogRow) => update({ log: row.id }, state.log === null ? "push" : "replace"),
    [update, state.log],
  );
  const follow = useCallback(
    (row: LogRow) => {
      if (state.log !== null) update({ log: row.id }, "replace");
    },
    [update, state.log],
  );
  const close = () => {
    update({ log: null, tab: "chat", find: "" });
    table.current?.focus();
  };
  const toggleLive = () => {
    if (!state.live && notLive !== null) return;
    update({ live: !state.live }, "replace");
    // Whoever watches looks at no row.
    if (!state.live) table.current?.release();
  };
  const markAndMove = (step: number) => {
    if (!table.current) return false;
    const before = table.current.current();
    const after = table.current.move(step);
    mark(...[before, after].flatMap((row) => (row ? [row.id] : [])));
  };
  const markByMouse = useCallback(
    (ids: string[], how: "toggle" | "range") => (how === "toggle" ? ids.forEach(toggle) : mark(...ids)),
    [toggle, mark],
  );
  const compare = () => {
    const [a, b] = marked;
    if (a !== undefined && b !== undefined && marked.size === 2) navigate(paths.diff(a, b));
    else announce("Mark two logs (x) to compare them");
  };
  const escape = () => {
    if (state.log !== null) close();
    else if (logs.isFetching) void client.cancelQueries({ queryKey: ["logs"] });
    else if (marked.size > 0) clearMarks();
    else return false;
  };
  // After Enter the focus goes to the first row, as soon as it is there.
  const wantsFirst = useRef(false);
  const leaveBar = () => {
    wantsFirst.current = true;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  useEffect(() => {
    if (!wantsFirst.current || logs.stale || logs.isFetching) return;
    wantsFirst.current = false;
    if (document.activeElement === document.body) table.current?.focusFirst();
  }, [logs.stale, logs.isFetching]);
  /** With the focus on no row: the current one, else the first. */
  const openFirst = () => {
    const row =
      document.activeElement === document.body && !logs.stale && (table.current?.current() ?? list.at(0));
    if (!row) return false;
    open(row);
  };
  const openPage = () => {
    const id = state.log ?? table.current?.current()?.id;
    if (id === undefined) return false;
    navigate(paths.log(id, state.tab));
  };

  useShortcuts("page", [
    { keys: ["v"], does: "views", run: () => views.current?.click() },
    { keys: ["V"], does: "save as a view", run: () => setSaving(true) },
  ]);
  useShortcuts("list", [
    { keys: ["j", "ArrowDown"], does: "next log", run: () => table.current?.move(1) ?? false },
    { keys: ["k", "ArrowUp"], does: "previous log", run: () => table.current?.move(-1) ?? false },
    { keys: ["o"], does: "open as a page", run: openPage },
    {
      keys: ["x"],
      does: "mark",
      run: () => {
        const row = table.current?.current();
        if (!row) return false;
        toggle(row.id);
      },
    },
    { keys: ["J"], does: "mark, and the next", run: () => markAndMove(1) },
    { keys: ["K"], does: "mark, and the previous", run: () => markAndMove(-1) },
    { keys: ["d"], does: "compare the two marked", run: compare },
    { keys: ["e"], does: "export", run: () => navigate(paths.exports({ q, from, to, make: true })) },
    { keys: ["l"], does: "live", run: toggleLive },
    { keys: ["."], does: "show new logs", run: showNew },
    { keys: ["s"], does: "turn the order round", run: () => sortBy(sort.field) },
    { keys: ["Enter"], does: "", run: openFirst },
    { keys: ["Escape"], does: "close the log, or stop loading", run: escape },
  ]);
  // The first of them has a skeleton in its place, which waits too.
  useKeysAhead(logs.stale);
  useListedKeys("list", LISTED);
  useShortcuts("panel", [
    // One who reads there scrolls with these.
    { keys: ["ArrowDown"], does: "", run: () => table.current?.moveUnlessReading(1) },
    { keys: ["ArrowUp"], does: "", run: () => table.current?.moveUnlessReading(-1) },
  ]);
  useTabKeys(state.log, (tab) => update({ tab }, "replace"));

  const loaded = list.length > 0;
  useEffect(() => {
    // The panel is wanted next: it is there when a row is opened.
    if (loaded) void loadPanel();
  }, [loaded]);
  const seenAt = useTick(now, live.state === "live");
  const metadataKeys = useMemo(() => keysOf(list.sample(100)), [list]);
  const failed = logs.error !== null && !refusal;
  return (
    <div className={styles.page}>
      <title>Logs · Portlog</title>
      <h1 className="visually-hidden">Logs</h1>
      <div className={styles.head}>
        <QueryBar
          question={state}
          now={now}
          problems={[...problems, ...columnProblems(state.cols)]}
          error={logs.error}
          onChange={ask}
          onCommitted={leaveBar}
          onReload={reload}
        >
          <LiveButton
            on={state.live && notLive === null}
            state={live.state}
            since={live.since}
            impossible={notLive}
            onToggle={toggleLive}
          />
          <ViewsMenu
            buttonRef={views}
            now={viewOf(state)}
            current={state.view}
            onSaveAs={() => setSaving(true)}
          />
        </QueryBar>
      </div>
      <StatsStrip
        stats={stats.data}
        stale={stats.isPlaceholderData}
        error={refusal ? null : failureOf(stats.error)}
        onRetry={() => void stats.refetch()}
        onZoom={(range) => ask(range)}
      />
      <div className={styles.body}>
        <FacetColumn
          asked={asked}
          live={live.state === "live"}
          enabled={usable && !refusal}
          onChange={(text) => ask({ q: text })}
        />
        <div className={styles.list}>
          <Progress on={logs.isFetching && !logs.isFetchingNextPage} />
          {failed && !logs.isFetchNextPageError && !logs.isFetchPreviousPageError && (
            <ErrorBox
              title="The logs could not be loaded."
              error={logs.error}
              onRetry={() => void logs.refetch()}
            />
          )}
          {usable && <Stopped query={logs} />}
          {logs.isPending && logs.isFetching && list.length === 0 && <Skeleton />}
          {!logs.isPending && list.length === 0 && !logs.stale && !logs.error && (
            <NoMatch state={state} fields={fields} now={now} onChange={ask} />
          )}
          {list.length > 0 && (
            <>
              <div className={styles.columns}>
                <ColumnMenu
                  columns={columns}
                  metadataKeys={metadataKeys}
                  onChange={(cols) => update({ cols }, "replace")}
                />
              </div>
              <LogTable
                ref={table}
                list={list}
                columns={columns}
                total={total}
                sort={sort}
                now={seenAt}
                selectedId={state.log}
                marked={marked}
                stale={logs.stale || !usable}
                foot={<ListFoot list={logs} />}
                onOpen={open}
                onMark={markByMouse}
                onMove={follow}
                onSort={sortBy}
                onFilter={addFilter}
                onResize={resize}
                onSeen={logs.seen}
                onIdle={setIdle}
              />
            </>
          )}
          <ListNotes
            live={live}
            onShowNew={showNew}
            loading={logs.isFetching && !logs.isFetchingNextPage}
            onNarrow={isLong(from) ? () => ask({ from: "-1h", to: null }) : null}
            marked={marked.size}
            onCompare={compare}
            onClearMarks={clearMarks}
          />
        </div>
        {state.log !== null && (
          <Boundary what="The panel" at={state.log}>
            <LogPanel
              id={state.log}
              summary={list.at(list.indexOf(state.log))}
              tab={state.tab}
              onTab={(tab) => update({ tab }, "replace")}
              find={state.find}
              onFind={(find) => update({ find }, "replace")}
              onFilter={addFilter}
              onClose={close}
            />
          </Boundary>
        )}
      </div>
      {saving && (
        <SaveView
          now={viewOf(state)}
          onClose={() => setSaving(false)}
          onSaved={(view) => {
            setSaving(false);
            navigate(paths.logs({ ...state, q: view.q, sort: logsState.defaults.sort, view: view.id }));
          }}
        />
      )}
    </div>
  );
}

const COUNT_AGAIN_MS = 5000;

/** The order that is shown: a `sort:` of the query wins over the header's. */
function sortOf({ q, sort }: LogsState, fields: Fields): Sort {
  const query = tryParse(q, fields);
  if (query instanceof Mistake || !query.sort) return sort;
  const { by, descending } = query.sort;
  const field = SORT_FIELDS.find((each) => each === by) ?? "time";
  return { field, direction: descending ? "desc" : "asc" };
}

/** New logs have a place only on top of a list that is open to now and begins with the newest. */
function whyNotLive({ to }: LogsState, { field, direction }: Sort): string | null {
  if (to !== null) return "Live needs a time range that is open to now";
  return field === "time" && direction === "desc" ? null : "Live needs the newest first";
}

function columnProblems(cols: string[] | null): Problem[] {
  return unknownColumns(cols).map((name) => ({ at: "cols", message: `There is no column “${name}”.` }));
}

function keysOf(rows: LogRow[]): string[] {
  return [...new Set(rows.flatMap((row) => row["metadata.key"]))].sort();
}
