import { useQuery } from "@tanstack/react-query";
import { settingsQuery } from "../api/settings";
import type { Setting } from "../api/types";
import { formatBytes } from "../lib/numbers";
import form from "../ui/Form.module.css";
import { Table } from "../ui/Table";
import { ErrorBox } from "./ErrorBox";
import styles from "./SettingTable.module.css";
import { Skeleton } from "./Skeleton";

/** The server's settings, each with its value and where that comes from; of all, or of these names. */
export function SettingTable({ only }: { only?: string[] }) {
  const { data: settings, error, isPending, refetch } = useQuery(settingsQuery);
  if (isPending) return <Skeleton />;
  if (error) {
    return (
      <ErrorBox title="The settings could not be loaded." error={error} onRetry={() => void refetch()} />
    );
  }
  const shown = settings.filter(({ name }) => only?.includes(name) ?? true);
  return (
    <>
      <Table label="Settings of the server">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((setting) => (
            <Row key={setting.name} setting={setting} />
          ))}
        </tbody>
      </Table>
      <p className={form.note}>
        They are read once, when the server starts: from flags, then <code>PORTLOG_…</code> in its
        environment, then <code>portlog.toml</code>.
      </p>
    </>
  );
}

function Row({ setting }: { setting: Setting }) {
  const { name, value, origin, unit, help, changed } = setting;
  return (
    <tr>
      <th scope="row">
        <code>{name}</code>
      </th>
      <td className={styles.value}>
        {settingText(value)}
        {unit && !["text", "path", "port", "choice"].includes(unit) && ` ${unit}`}
        {unit === "bytes" && typeof value === "number" && ` (${formatBytes(value)})`}
        {changed && (
          <span className={styles.changed} title={`By default ${settingText(setting.default)}`}>
            changed
          </span>
        )}
      </td>
      <td>{origin}</td>
      <td>{withCode(help)}</td>
    </tr>
  );
}

/** What stands between backticks is code. */
function withCode(help: string) {
  return help.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part));
}

function settingText(value: Setting["value"]): string {
  return typeof value === "string" ? value || "(nothing)" : JSON.stringify(value);
}
