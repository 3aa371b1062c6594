import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import { aboutQuery } from "../api/about";
import { formatCount } from "../lib/numbers";
import { paths } from "../lib/paths";
import { SETTINGS_TABS, type SettingsTab } from "../lib/url-state";
import { PlainPage } from "../parts/PlainPage";
import { Prices } from "../parts/Prices";
import { Reprocess } from "../parts/Reprocess";
import { SettingTable } from "../parts/SettingTable";
import { useZone } from "../parts/useZone";
import { ViewSettings } from "../parts/ViewSettings";
import form from "../ui/Form.module.css";
import { ThemeSwitch } from "../ui/ThemeSwitch";
import MissingPage from "./missing";
import styles from "./settings.module.css";

const SECTIONS: Record<SettingsTab, { label: string; show: () => ReactNode }> = {
  general: { label: "General", show: General },
  retention: { label: "Retention", show: Retention },
  prices: {
    label: "Prices",
    show: () => (
      <>
        <Prices />
        <Reprocess />
      </>
    ),
  },
  privacy: { label: "Privacy", show: Privacy },
  views: { label: "Views", show: () => <ViewSettings /> },
  about: { label: "About", show: AboutServer },
};

/** What holds on this server and in this browser, each with where it comes from. */
export default function SettingsPage() {
  const { tab } = useParams<{ tab: string }>();
  const current = SETTINGS_TABS.find((each) => each === tab);
  if (!current) return <MissingPage />;
  const { label, show: Section } = SECTIONS[current];
  return (
    <PlainPage title={`Settings: ${label}`}>
      <nav aria-label="Settings" className={styles.tabs}>
        {SETTINGS_TABS.map((each) => (
          <Link key={each} href={paths.settings(each)} aria-current={each === current ? "page" : undefined}>
            {SECTIONS[each].label}
          </Link>
        ))}
      </nav>
      <Section />
    </PlainPage>
  );
}

function General() {
  const [zone, setZone] = useZone();
  return (
    <>
      <section className={form.form} aria-label="This browser">
        <h2>This browser</h2>
        <div className={form.line}>
          <span className={form.field}>
            Theme <ThemeSwitch />
          </span>
          <label className={form.field}>
            Times in
            <select value={zone} onChange={({ target }) => setZone(target.value === "utc" ? "utc" : "local")}>
              <option value="local">my own zone</option>
              <option value="utc">UTC</option>
            </select>
          </label>
        </div>
        <p className={form.note}>Kept in this browser. Keys are changed, or switched off, behind “?”.</p>
      </section>
      <SettingTable />
    </>
  );
}

function Retention() {
  return (
    <>
      <p className={styles.text}>
        Nothing is deleted by itself: logs stay until they are removed from the data directory. What is kept
        for a time only are the files of exports and the replies to repeated calls. Rules that delete logs by
        age are not there yet.
      </p>
      <SettingTable only={["export_keep_hours", "idempotency_keep_hours", "disk_free_bytes_min"]} />
    </>
  );
}

function Privacy() {
  return (
    <>
      <ul className={styles.text}>
        <li>
          Credentials in headers, configs and URLs, and in attributes and parameters that are named as such,
          are replaced before anything is written.
        </li>
        <li>Of a call that asks not to be tracked no bodies are kept.</li>
        <li>
          With <code>bodies = metrics-only</code> the server keeps neither bodies nor headers of any log.
        </li>
        <li>Rules that mask names, addresses or numbers in bodies are not there yet.</li>
        <li>This dashboard loads nothing from elsewhere, and keeps no key in the browser.</li>
      </ul>
      <SettingTable only={["bodies", "export_denied_fields", "auth", "allowed_hosts"]} />
    </>
  );
}

function AboutServer() {
  const { data: about } = useQuery(aboutQuery);
  if (!about) return null;
  return (
    <>
      <dl className={styles.facts}>
        <dt>Version</dt>
        <dd>{about.version}</dd>
        <dt>Logs</dt>
        <dd>{formatCount(about.logs)}</dd>
        <dt>Keys</dt>
        <dd>{about.auth === "keys" ? "asked for" : "not asked for"}</dd>
      </dl>
      <SettingTable only={["data", "host", "port", "store", "root_path"]} />
    </>
  );
}
