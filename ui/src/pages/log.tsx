import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { navigate, usePathname, useSearch } from "wouter/use-browser-location";
import { logQuery } from "../api/queries";
import { logIdOf, paths, UI_BASE } from "../lib/paths";
import { readTab, TABS, type Tab } from "../lib/url-state";
import { LogTitle } from "../parts/LogTitle";
import { LogView } from "../parts/LogView";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/icons";
import { useKeys } from "../ui/useKeys";
import styles from "./log.module.css";

/** One log as a page of its own: the same content as the panel. */
export default function LogPage() {
  const id = logIdOf(usePathname());
  const tab = readTab(new URLSearchParams(useSearch()).get("tab")) ?? "chat";
  const [, go] = useLocation();
  const { data: log } = useQuery(logQuery(id));
  const setTab = (next: Tab) => navigate(UI_BASE + paths.log(id, next), { replace: true });
  useKeys({
    Escape: () => go(paths.logs()),
    ...Object.fromEntries(TABS.map((each, index) => [String(index + 1), () => setTab(each)])),
  });
  return (
    <div className={styles.page}>
      <title>{`${log?.metrics.ai_model ?? "Log"} · Portlog`}</title>
      <h1 className="visually-hidden">Log {id}</h1>
      <p className={styles.back}>
        <Link href={paths.logs()}>
          <Icon name="left" />
          Logs
        </Link>
      </p>
      <LogTitle model={log?.metrics.ai_model ?? null} provider={log?.metrics.ai_org ?? null}>
        <CopyButton what="link" text={() => location.href} />
      </LogTitle>
      <LogView
        id={id}
        tab={tab}
        onTab={setTab}
        onFilter={(filter) => go(paths.logs({ filters: [filter], from: "all" }))}
      />
    </div>
  );
}
