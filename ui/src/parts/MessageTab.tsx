import { useMemo, useState } from "react";
import { jsonLength, type Json, type JsonObject } from "../lib/json";
import { formatBytes, formatLatency } from "../lib/numbers";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { JsonTree } from "../ui/JsonTree";
import { SafeText } from "../ui/SafeText";
import styles from "./MessageTab.module.css";
import { NotStored } from "./NotStored";
import { PairTable } from "./PairTable";
import { RawBody } from "./RawBody";
import { Status } from "./Status";

interface Props {
  side: "request" | "response";
  url?: string | null;
  method?: string | null;
  status?: number | null;
  responseTime?: number | null;
  headers?: JsonObject;
  body?: Json;
}

/** The HTTP message as it was: first line, headers, body. */
export default function MessageTab({ side, url, method, status, responseTime, headers, body }: Props) {
  return (
    <>
      {side === "request" ? (
        <p className={styles.line}>
          {method && <b>{method}</b>}{" "}
          <code>
            <SafeText text={url ?? "no URL"} />
          </code>
          {url && <CopyButton what="URL" text={url} />}
        </p>
      ) : (
        <p className={styles.line}>
          <Status status={status ?? null} /> <span>{formatLatency(responseTime ?? null)}</span>
        </p>
      )}
      {body === undefined ? <NotStored /> : <Body side={side} body={body} />}
      {headers && Object.keys(headers).length > 0 && (
        <section className={styles.section}>
          <h3>Headers</h3>
          <PairTable
            label={`Headers of the ${side}`}
            pairs={Object.entries(headers).map(([name, value]) => [
              name,
              typeof value === "string" ? value : JSON.stringify(value),
            ])}
          />
        </section>
      )}
    </>
  );
}

function Body({ side, body }: { side: string; body: Json }) {
  const [raw, setRaw] = useState(typeof body === "string");
  const size = useMemo(() => jsonLength(body), [body]);
  const text = () => (typeof body === "string" ? body : JSON.stringify(body, null, 2));
  return (
    <section className={styles.section}>
      <div className={styles.head}>
        <h3>Body</h3>
        <span>{formatBytes(size)}</span>
        <Button look="quiet" aria-pressed={raw} onClick={() => setRaw(!raw)}>
          Raw
        </Button>
        <CopyButton what={`${side} body`} text={text} named />
      </div>
      {raw ? <RawBody side={side} body={body} /> : <JsonTree value={body} label={`Body of the ${side}`} />}
    </section>
  );
}
