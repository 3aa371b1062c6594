import { useState, type Ref } from "react";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./SearchBox.module.css";

interface Props {
  ref: Ref<HTMLInputElement>;
  /** The committed text. */
  value: string;
  problem: string | null;
  onCommit: (text: string) => void;
}

/** Full text. Typing changes nothing until Enter; Escape brings the committed text back. */
export function SearchBox({ ref, value, problem, onCommit }: Props) {
  const [draft, setDraft] = useState(value);
  const [committed, setCommitted] = useState(value);
  // Back, Forward or a remedy changed the text from outside.
  if (committed !== value) {
    setCommitted(value);
    setDraft(value);
  }
  const openQuote = (draft.match(/"/g)?.length ?? 0) % 2 === 1;
  const message = openQuote && draft !== value ? "This quote is not closed yet." : problem;
  return (
    <form
      role="search"
      className={styles.box}
      onSubmit={(event) => {
        event.preventDefault();
        if (!openQuote) onCommit(draft.trim());
      }}
    >
      <span className={styles.icon}>
        <Icon name="search" />
      </span>
      <input
        ref={ref}
        type="text"
        value={draft}
        placeholder="Search requests and responses"
        aria-label="Search requests and responses"
        aria-invalid={message !== null}
        aria-describedby={message ? "search-problem" : undefined}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          setDraft(value);
          event.currentTarget.blur();
        }}
      />
      {draft === "" ? (
        <kbd className={styles.key} aria-hidden="true">
          /
        </kbd>
      ) : (
        <IconButton
          icon="close"
          label="Clear search"
          onClick={() => {
            setDraft("");
            onCommit("");
          }}
        />
      )}
      {message && (
        <p id="search-problem" className={styles.problem}>
          {message}
        </p>
      )}
    </form>
  );
}
