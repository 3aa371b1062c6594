import { highlight } from "../lib/highlight";
import styles from "./CodeBlock.module.css";
import { CopyButton } from "./CopyButton";
import { SafeText } from "./SafeText";

/** Code with quiet colours and a copy button. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className={styles.block}>
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>
          {highlight(code).map((token, index) => (
            <span key={index} className={styles[token.kind]}>
              <SafeText text={token.text} />
            </span>
          ))}
        </code>
      </pre>
      <div className={styles.copy}>
        <CopyButton what={label} text={code} />
      </div>
    </div>
  );
}
