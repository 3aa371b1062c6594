import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { logQuery } from "../api/logs";
import { useLastSegment } from "../lib/address";
import { visible } from "../lib/hostile";
import { paths } from "../lib/paths";
import { withClause } from "../lib/query/edit";
import { logState, type Tab } from "../lib/url-state";
import { CopyMenu } from "../parts/CopyMenu";
import { LogView } from "../parts/LogView";
import { useShortcuts } from "../parts/shortcuts";
import { useTabKeys } from "../parts/tab-keys";
import { useFields } from "../parts/useCompletion";
import { useCarriedQuestion, usePageState } from "../parts/usePageState";
import { Icon } from "../ui/icons";
import styles from "./log.module.css";

/** One log as a page of its own: the same content as the panel. */
export default function LogPage() {
  const id = useLastSegment();
  const { state, update } = usePageState(logState);
  const question = useCarriedQuestion();
  const fields = useFields();
  const [, go] = useLocation();
  const { data: log } = useQuery(logQuery(id));
  const setTab = (tab: Tab) => update({ tab }, "replace");
  useTabKeys(id, setTab);
  useShortcuts("panel", [{ keys: ["Escape"], does: "to the list", run: () => go(paths.logs(question)) }]);
  return (
    <div className={styles.page}>
      <title>{`${visible(log?.metrics.ai_model ?? "Log")} · Portlog`}</title>
      <h1 className="visually-hidden">Log {id}</h1>
      <p className={styles.back}>
        <Link href={paths.logs(question)}>
          <Icon name="left" />
          Logs
        </Link>
      </p>
      <LogView
        id={id}
        actions={<CopyMenu log={log} />}
        tab={state.tab}
        onTab={setTab}
        find={state.find}
        onFind={(find) => update({ find }, "replace")}
        onFilter={(filter) => go(paths.logs({ q: withClause("", filter, fields), from: "all" }))}
      />
    </div>
  );
}
