import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ApiError } from "../api/client";
import { logQuery } from "../api/logs";
import type { LogObject } from "../api/types";
import { early } from "../lib/early";
import { TABS, type Tab } from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { IconButton } from "../ui/Button";
import { FindText } from "../ui/find";
import { SafeText } from "../ui/SafeText";
import { useKeysAhead } from "../ui/useKeys";
import { Tabs, type TabItem } from "../ui/Tabs";
import { Boundary } from "./Boundary";
import { ErrorBox } from "./ErrorBox";
import { FindBar, type FindBarHandle } from "./FindBar";
import { LogHeader } from "./LogHeader";
import { LogTitle } from "./LogTitle";
import styles from "./LogView.module.css";
import { MetadataTab } from "./MetadataTab";
import { Expanded } from "./reading";
import { useShortcuts } from "./shortcuts";
import { summaryOf, type LogSummary } from "./summary";
import { useFind } from "./useFind";

const [ChatTab, loadChatTab] = early(async () => (await import("./ChatTab")).default, Loading);
const [MessageTab, loadMessageTab] = early(async () => (await import("./MessageTab")).default, Loading);
const [TraceTab, loadTraceTab] = early(async () => (await import("./TraceTab")).default, Loading);
const [FeedbackTab, loadFeedbackTab] = early(async () => (await import("./FeedbackTab")).default, Loading);
const [RawTab, loadRawTab] = early(async () => (await import("./RawTab")).default, Loading);

const LOADERS = [loadChatTab, loadMessageTab, loadTraceTab, loadFeedbackTab, loadRawTab];

const ITEMS: TabItem<Tab>[] = TABS.map((id) => ({ id, label: id.charAt(0).toUpperCase() + id.slice(1) }));

interface Props {
  id: string;
  /** Known already when the log was opened from the list. */
  summary?: LogSummary;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onFilter: (filter: ValueFilter) => void;
  /** What is looked for in the log; "" is nothing. */
  find: string;
  onFind: (text: string) => void;
  /** What one does with the log, beside its name. */
  actions: ReactNode;
}

/** One log: its name, its numbers, what went wrong, and its tabs. The panel and the page both show this. */
export function LogView({ id, summary, tab, onTab, onFilter, find, onFind, actions }: Props) {
  const { data: log, error, refetch, isFetching } = useQuery(logQuery(id));
  useEffect(() => LOADERS.forEach((load) => void load()), []);
  useKeysAhead(!log && !error);
  const known = log ? summaryOf(log) : summary;
  const [begun, setBegun] = useState<{ id: string; value: number } | null>(null);
  const [expanded, setExpanded] = useState<string | null>(null);
  const rate = (value: number) => {
    setBegun({ id, value });
    onTab("feedback");
  };
  const view = useRef<HTMLDivElement>(null);
  const bar = useRef<FindBarHandle>(null);
  const [finding, setFinding] = useState(false);
  const found = useFind(view, find);
  const startFinding = () => {
    setFinding(true);
    bar.current?.focus();
  };
  const stopFinding = () => {
    setFinding(false);
    onFind("");
    view.current?.querySelector<HTMLElement>("[role=tabpanel]")?.focus();
  };
  useShortcuts("panel", [
    { keys: ["f"], does: "find in the log", run: startFinding },
    { keys: ["n"], does: "next match", run: () => find !== "" && found.step(1) },
    { keys: ["N"], does: "match before", run: () => find !== "" && found.step(-1) },
    { keys: ["z"], does: "expand all", run: () => setExpanded(expanded === id ? null : id) },
    { keys: ["Shift+ArrowUp"], does: "good", run: () => rate(1) },
    { keys: ["Shift+ArrowDown"], does: "bad", run: () => rate(-1) },
  ]);
  return (
    <div ref={view} className={styles.view} aria-busy={isFetching}>
      <LogTitle name={known?.ai_model || known?.span_name || "Log"} provider={known?.ai_org ?? null}>
        <IconButton icon="search" label="Find in this log (f)" onClick={startFinding} />
        {actions}
      </LogTitle>
      {known && <LogHeader log={known} onFilter={onFilter} />}
      {known && <Failure log={known} />}
      {error ? (
        <Unavailable error={error} onRetry={() => void refetch()} />
      ) : (
        <Tabs
          label="Parts of the log"
          items={ITEMS}
          value={tab}
          onChange={onTab}
          prefix="log"
          className={styles.body}
          bar={
            (finding || find !== "") && (
              <FindBar ref={bar} text={find} found={found} onText={onFind} onClose={stopFinding} />
            )
          }
        >
          {log ? (
            <Boundary what="This tab" at={`${id} ${tab}`}>
              <Expanded value={expanded === id || find !== ""}>
                <FindText value={find}>
                  <TabContent
                    log={log}
                    tab={tab}
                    onTab={onTab}
                    onFilter={onFilter}
                    begun={begun?.id === id ? begun.value : null}
                  />
                </FindText>
              </Expanded>
            </Boundary>
          ) : (
            <Loading />
          )}
        </Tabs>
      )}
    </div>
  );
}

interface ContentProps extends Pick<Props, "tab" | "onTab" | "onFilter"> {
  log: LogObject;
  /** A rating that was begun by a key. */
  begun: number | null;
}

function TabContent({ log, tab, onTab, onFilter, begun }: ContentProps) {
  switch (tab) {
    case "chat":
      return <ChatTab key={log._id} log={log} onTab={onTab} />;
    case "request":
      return <MessageTab key={`${log._id} request`} side="request" {...log.request} />;
    case "response":
      return <MessageTab key={`${log._id} response`} side="response" {...log.response} />;
    case "metadata":
      return <MetadataTab log={log} onFilter={onFilter} />;
    case "trace":
      return <TraceTab log={log} />;
    case "feedback":
      return <FeedbackTab key={log._id} log={log} begun={begun} />;
    case "raw":
      return <RawTab key={log._id} log={log} />;
  }
}

function Loading() {
  return <p className={styles.loading}>Loading…</p>;
}

/** Why the call failed, before anything else. */
function Failure({ log }: { log: LogSummary }) {
  if (!log.error_message) return null;
  return (
    <p className={styles.failure} role="group" aria-label="What went wrong" tabIndex={0}>
      <SafeText text={log.error_message} />
    </p>
  );
}

function Unavailable({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && error.status === 404) {
    return (
      <p className={styles.missing} role="alert">
        This log was not found, or it is past its retention.
      </p>
    );
  }
  return <ErrorBox title="The log could not be loaded." error={error} onRetry={onRetry} />;
}
