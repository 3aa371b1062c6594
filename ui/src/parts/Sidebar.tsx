import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { aboutQuery, signOut } from "../api/queries";
import { paths } from "../lib/paths";
import { Icon, type IconName } from "../ui/icons";
import { ThemeSwitch } from "../ui/ThemeSwitch";
import styles from "./Sidebar.module.css";

const ENTRIES: { path: string; label: string; icon: IconName }[] = [
  { path: paths.logs(), label: "Logs", icon: "logs" },
  { path: paths.welcome, label: "Send logs", icon: "send" },
];

export function Sidebar({ onShowKeys }: { onShowKeys: () => void }) {
  const [here, navigate] = useLocation();
  const { data: about } = useQuery(aboutQuery);
  const client = useQueryClient();
  const leave = async () => {
    await signOut();
    client.clear();
    navigate(paths.login(paths.home));
  };
  return (
    <header className={styles.sidebar}>
      <Link href={paths.home} className={styles.brand} title="Portlog">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <rect width="32" height="32" rx="6" />
          <path d="M9 9h14M9 16h14M9 23h8" strokeWidth="3" strokeLinecap="round" />
        </svg>
        <span>Portlog</span>
      </Link>
      <nav aria-label="Pages">
        {ENTRIES.map(({ path, label, icon }) => (
          <Link
            key={path}
            href={path}
            title={label}
            className={styles.entry}
            aria-current={here === path || here.startsWith(`${path}/`) ? "page" : undefined}
          >
            <Icon name={icon} />
            <span>{label}</span>
          </Link>
        ))}
      </nav>
      <div className={styles.foot}>
        {about?.session && (
          <button type="button" className={styles.entry} title="Sign out" onClick={leave}>
            <Icon name="leave" />
            <span>Sign out</span>
          </button>
        )}
        <button type="button" className={styles.entry} title="Keys (?)" onClick={onShowKeys}>
          <Icon name="keys" />
          <span>Keys</span>
        </button>
        <ThemeSwitch />
        {about && <p className={styles.version}>{about.version}</p>}
      </div>
    </header>
  );
}
