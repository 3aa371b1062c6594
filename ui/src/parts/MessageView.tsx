import { useState } from "react";
import type { Message } from "../lib/chat";
import { plural } from "../lib/numbers";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { SafeText } from "../ui/SafeText";
import styles from "./MessageView.module.css";
import { PartView } from "./PartView";

/** More parts than this are drawn by the hundred, as they are asked for. */
const PARTS_STEP = 100;

/** One message: its role as a coloured edge and a word, its parts under it. */
export function MessageView({
  message,
  reasoningTokens = null,
}: {
  message: Message;
  reasoningTokens?: number | null;
}) {
  const { role, label, finish, parts } = message;
  const [shown, setShown] = useState(PARTS_STEP);
  const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n\n");
  return (
    <li className={styles.message} data-role={role}>
      <div className={styles.head}>
        <span className={styles.role}>
          <SafeText text={label} />
        </span>
        {finish && (
          <span className={styles.finish} title="Why the model stopped">
            <SafeText text={finish} />
          </span>
        )}
        {text && <CopyButton what="message" text={text} />}
      </div>
      {parts.length === 0 && <p className={styles.empty}>(empty)</p>}
      {parts.slice(0, shown).map((part, index) => (
        <PartView key={index} part={part} role={role} reasoningTokens={reasoningTokens} />
      ))}
      {parts.length > shown && (
        <Button onClick={() => setShown(shown + PARTS_STEP)}>
          Show more of {plural(parts.length, "part")}
        </Button>
      )}
    </li>
  );
}
