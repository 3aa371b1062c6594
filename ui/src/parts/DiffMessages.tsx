import { useState } from "react";
import type { MessagePair } from "../lib/compare";
import { clipLines, countLines } from "../lib/clip";
import { plural } from "../lib/numbers";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import styles from "./DiffMessages.module.css";

const WORDS = { same: "same", changed: "changed", out: "only in A", in: "only in B" };

/** Messages of two logs, aligned; equal ones are closed. */
export function DiffMessages({ pairs }: { pairs: MessagePair[] }) {
  if (pairs.length === 0) return <p className={styles.none}>Neither says anything.</p>;
  return (
    <ol role="list" className={styles.messages}>
      {pairs.map((pair, index) => (
        <li key={index} data-kind={pair.kind}>
          <p className={styles.head}>
            <b>
              <SafeText text={pair.label} />
            </b>{" "}
            {WORDS[pair.kind]}
          </p>
          {pair.kind === "same" ? <Same pair={pair} /> : <Changed pair={pair} />}
        </li>
      ))}
    </ol>
  );
}

const SAME_LINES = 2;

function Same({ pair }: { pair: MessagePair }) {
  const [all, setAll] = useState(false);
  const text = pair.changes.map((change) => change.text).join("");
  const lines = countLines(text);
  return (
    <div className={styles.text}>
      <SafeText text={all ? text : clipLines(text, SAME_LINES)} />
      {!all && lines > SAME_LINES && (
        <div>
          <Button look="quiet" onClick={() => setAll(true)}>
            Show all {plural(lines, "line")}
          </Button>
        </div>
      )}
    </div>
  );
}

const SHOWN_MAX = 100_000;

/** What went is struck out, what came is underlined: not told by colour alone. */
function Changed({ pair: { changes } }: { pair: MessagePair }) {
  const [all, setAll] = useState(false);
  const length = changes.reduce((sum, { text }) => sum + text.length, 0);
  const clipped = !all && length > SHOWN_MAX;
  return (
    <div className={styles.text}>
      {changes.map(({ kind, text }, index) => {
        const shown = <SafeText text={clipped ? text.slice(0, SHOWN_MAX / 10) : text} />;
        if (kind === "same") return <span key={index}>{shown}</span>;
        return kind === "out" ? <del key={index}>{shown}</del> : <ins key={index}>{shown}</ins>;
      })}
      {clipped && (
        <div>
          <Button onClick={() => setAll(true)}>Show all {plural(length, "character")}</Button>
        </div>
      )}
    </div>
  );
}
