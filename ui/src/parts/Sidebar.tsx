import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { aboutQuery, signOut } from "../api/about";
import { viewsQuery } from "../api/views";
import { useSearchText } from "../lib/address";
import { paths } from "../lib/paths";
import type { Question } from "../lib/url-state";
import { Icon, type IconName } from "../ui/icons";
import { SafeText } from "../ui/SafeText";
import { ThemeSwitch } from "../ui/ThemeSwitch";
import styles from "./Sidebar.module.css";
import { useCarriedQuestion } from "./usePageState";
import { viewPath } from "./views";

interface Page {
  label: string;
  icon: IconName;
  /** The letter after `g`. */
  key: string;
  /** First part of its path: the entry is the current one there. */
  root: string;
  path: (question: Question) => string;
  /** Begins a group of entries. */
  begins?: boolean;
}

/** The pages of the sidebar, in order. Those that ask take the question along. */
export const PAGES: Page[] = [
  { label: "Logs", icon: "logs", key: "l", root: "/logs", path: (question) => paths.logs(question) },
  { label: "Traces", icon: "traces", key: "t", root: "/traces", path: (question) => paths.traces(question) },
  {
    label: "Analytics",
    icon: "analytics",
    key: "a",
    root: "/analytics",
    path: (question) => paths.analytics("overview", question),
  },
  {
    label: "Groups",
    icon: "groups",
    key: "g",
    root: "/groups",
    path: (question) => paths.groups("model", question),
    begins: true,
  },
  { label: "Feedback", icon: "feedback", key: "f", root: "/feedback", path: () => paths.feedback() },
  {
    label: "Exports",
    icon: "exports",
    key: "e",
    root: "/exports",
    path: (question) => paths.exports(question),
  },
  { label: "Keys", icon: "key", key: "k", root: "/keys", path: () => paths.keys() },
  { label: "Settings", icon: "settings", key: "s", root: "/settings", path: () => paths.settings() },
  { label: "Send logs", icon: "send", key: "w", root: "/welcome", path: () => paths.welcome, begins: true },
];

const FOLDED = "portlog.sidebar-folded";

/** The way to every page. Folded, only the icons are seen; so it is where there is no room. */
export function Sidebar({ onShowKeys }: { onShowKeys: () => void }) {
  const [here, navigate] = useLocation();
  const { data: about } = useQuery(aboutQuery);
  const client = useQueryClient();
  const question = useCarriedQuestion();
  const [folded, setFolded] = useState(() => localStorage.getItem(FOLDED) === "1");
  const fold = () => {
    setFolded(!folded);
    localStorage.setItem(FOLDED, folded ? "0" : "1");
  };
  const leave = async () => {
    await signOut();
    client.clear();
    navigate(paths.login(paths.home));
  };
  return (
    <header className={styles.sidebar} data-folded={folded}>
      <Link href={paths.home} className={styles.brand} title="Portlog">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <rect width="32" height="32" rx="6" />
          <path d="M9 9h14M9 16h14M9 23h8" strokeWidth="3" strokeLinecap="round" />
        </svg>
        <span>Portlog</span>
      </Link>
      <nav aria-label="Pages">
        {PAGES.map(({ path, root, label, icon, key, begins }) => (
          <Link
            key={root}
            href={path(question)}
            title={`${label} (g ${key})`}
            className={styles.entry}
            data-begins={begins}
            aria-current={here === root || here.startsWith(`${root}/`) ? "page" : undefined}
          >
            <Icon name={icon} />
            <span>{label}</span>
          </Link>
        ))}
      </nav>
      <PinnedViews />
      <div className={styles.foot}>
        {about?.session && (
          <button type="button" className={styles.entry} title="Sign out" onClick={leave}>
            <Icon name="leave" />
            <span>Sign out</span>
          </button>
        )}
        <button type="button" className={styles.entry} title="Keyboard (?)" onClick={onShowKeys}>
          <Icon name="keys" />
          <span>Keyboard</span>
        </button>
        <button
          type="button"
          className={`${styles.entry ?? ""} ${styles.fold ?? ""}`}
          title={folded ? "Unfold the sidebar" : "Fold the sidebar"}
          aria-expanded={!folded}
          onClick={fold}
        >
          <Icon name={folded ? "expand" : "collapse"} />
          <span>{folded ? "Unfold" : "Fold"}</span>
        </button>
        <ThemeSwitch />
        {about && <p className={styles.version}>{about.version}</p>}
      </div>
    </header>
  );
}

/** Views that were pinned, for everyone. Without the right to see them there are none. */
function PinnedViews() {
  const { data: views } = useQuery(viewsQuery);
  const current = new URLSearchParams(useSearchText()).get("view");
  const pinned = views?.filter((view) => view.pinned) ?? [];
  if (pinned.length === 0) return null;
  return (
    <nav aria-label="Pinned views" className={styles.pinned}>
      {pinned.map((view) => (
        <Link
          key={view.id}
          href={viewPath(view)}
          title={view.name}
          className={styles.entry}
          aria-current={view.id === current ? "true" : undefined}
        >
          <Icon name="pin" />
          <span>
            <SafeText text={view.name} />
          </span>
        </Link>
      ))}
    </nav>
  );
}
