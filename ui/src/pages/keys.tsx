import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { aboutQuery } from "../api/about";
import { keysQuery } from "../api/keys";
import type { ApiKey } from "../api/types";
import { formatCount } from "../lib/numbers";
import { formatAgo, formatInstant } from "../lib/time";
import { tableState } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { KeyForm } from "../parts/KeyForm";
import { PlainPage } from "../parts/PlainPage";
import { RevokeKey } from "../parts/RevokeKey";
import { Skeleton } from "../parts/Skeleton";
import { usePageState } from "../parts/usePageState";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { Table } from "../ui/Table";

/** The API keys of the workspace: make, look at, revoke. */
export default function KeysPage() {
  const { state, update } = usePageState(tableState);
  const { data: about } = useQuery(aboutQuery);
  const { data: keys, error, isPending, refetch } = useQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const words = state.filter.trim().toLowerCase();
  const shown = keys?.filter(({ name, hint }) => `${name} ${hint}`.toLowerCase().includes(words)) ?? [];
  return (
    <PlainPage title="Keys" actions={!making && <Button onClick={() => setMaking(true)}>New key</Button>}>
      {about?.auth === "off" && (
        <p className={form.note}>
          This server asks for no key: it answers its own machine only. Keys work here all the same, and are
          asked for once the server listens on another address.
        </p>
      )}
      {making && <KeyForm onClose={() => setMaking(false)} />}
      {error && (
        <ErrorBox title="The keys could not be loaded." error={error} onRetry={() => void refetch()} />
      )}
      {isPending && <Skeleton />}
      {keys?.length === 0 && !making && <p>No keys yet.</p>}
      {keys && keys.length > 0 && (
        <>
          <label className={form.field}>
            Filter
            <input
              className={form.input}
              type="search"
              value={state.filter}
              onChange={({ target }) => update({ filter: target.value }, "replace")}
            />
          </label>
          {shown.length === 0 ? (
            <p>No key is called so.</p>
          ) : (
            <KeyTable keys={shown} onRevoke={setRevoking} />
          )}
        </>
      )}
      {revoking && <RevokeKey apiKey={revoking} onClose={() => setRevoking(null)} />}
    </PlainPage>
  );
}

function KeyTable({ keys, onRevoke }: { keys: ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  const [seenAt] = useState(Date.now);
  return (
    <Table label="API keys">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Begins with</th>
          <th scope="col">Scopes</th>
          <th scope="col">Made</th>
          <th scope="col">Last used</th>
          <th scope="col" data-number="">
            Logs in 24 h
          </th>
          <th scope="col" data-actions="">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row">
              <SafeText text={key.name} />
            </th>
            <td>
              <code>{key.hint}</code>
            </td>
            <td>{key.scopes.join(", ")}</td>
            <td>
              <time dateTime={key.created_at}>{formatInstant(key.created_at)}</time>
            </td>
            <td>
              {key.last_used_at ? (
                <time dateTime={key.last_used_at} title={formatInstant(key.last_used_at)}>
                  {formatAgo(key.last_used_at, seenAt)}
                </time>
              ) : (
                "never"
              )}
            </td>
            <td data-number="">{formatCount(key.calls_24h)}</td>
            <td data-actions="">
              {key.revoked_at ? (
                <span className={form.note}>revoked {formatInstant(key.revoked_at)}</span>
              ) : (
                <Button look="quiet" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
                  Revoke
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
