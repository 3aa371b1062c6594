import { useQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { Link } from "wouter";
import { logQuery } from "../api/logs";
import { paths } from "../lib/paths";
import type { Tab } from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { CopyMenu } from "./CopyMenu";
import styles from "./LogPanel.module.css";
import { LogView } from "./LogView";
import { Resizer } from "./Resizer";
import { useShortcuts } from "./shortcuts";
import type { LogSummary } from "./summary";
import { usePanelWidth } from "./usePanelWidth";

interface Props {
  id: string;
  summary?: LogSummary;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onFilter: (filter: ValueFilter) => void;
  /** What is looked for in the log; "" is nothing. */
  find: string;
  onFind: (text: string) => void;
  onClose: () => void;
}

const STEP_PX = 24;

/** One log beside the list. */
export function LogPanel({ id, summary, tab, onTab, onFilter, find, onFind, onClose }: Props) {
  const [width, setWidth] = usePanelWidth();
  const { data: log } = useQuery(logQuery(id));
  useShortcuts("panel", [
    { keys: ["Alt+ArrowLeft"], does: "wider", run: () => setWidth(width + STEP_PX) },
    { keys: ["Alt+ArrowRight"], does: "narrower", run: () => setWidth(width - STEP_PX) },
  ]);
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
  };
  return (
    <aside
      aria-label="Log"
      className={styles.panel}
      style={{ "--width": `${width}px` }}
      onKeyDown={closeOnEscape}
    >
      <Resizer width={width} onResize={setWidth} />
      <LogView
        id={id}
        summary={summary}
        tab={tab}
        onTab={onTab}
        onFilter={onFilter}
        find={find}
        onFind={onFind}
        actions={
          <>
            <CopyMenu log={log} />
            <Link
              href={paths.log(id, tab)}
              className={styles.open}
              title="Open as a page (o)"
              aria-label="Open as a page"
            >
              <Icon name="open" />
            </Link>
            <IconButton icon="close" label="Close (Esc)" onClick={onClose} />
          </>
        }
      />
    </aside>
  );
}
