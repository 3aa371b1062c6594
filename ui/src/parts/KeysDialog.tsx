import { useState, type KeyboardEvent } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useKeyChoice } from "./key-choice";
import styles from "./KeysDialog.module.css";
import { keyLabel, shortcutsNow, type Place } from "./shortcuts";

const TITLES: Record<Place, string> = {
  anywhere: "Anywhere",
  page: "This page",
  list: "List",
  graph: "Graph",
  trace: "Trace",
  panel: "Log",
};

/** The keys of the current page, as they are bound right now. Single ones can be changed, or switched off. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const [places] = useState(shortcutsNow);
  const [choice, setChoice] = useKeyChoice();
  const { off, other } = choice;
  /** The key that waits for another. */
  const [waiting, setWaiting] = useState<string | null>(null);
  const press = (event: KeyboardEvent) => {
    if (waiting === null || ["Tab", "Shift", "Enter"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    setWaiting(null);
    if (!isSingle(event.key)) return;
    const rest = Object.fromEntries(Object.entries(other).filter(([key]) => key !== waiting));
    setChoice({ off, other: event.key === waiting ? rest : { ...rest, [waiting]: event.key } });
  };
  return (
    <Dialog wide title="Keyboard" onClose={onClose}>
      <div className={styles.choice}>
        <label>
          <input type="checkbox" checked={!off} onChange={() => setChoice({ off: !off, other })} />
          Single keys work
        </label>
        <span>Choose a key to give it another.</span>
        {Object.keys(other).length > 0 && (
          <Button look="quiet" onClick={() => setChoice({ off, other: {} })}>
            Reset
          </Button>
        )}
      </div>
      <div className={styles.sections}>
        {places.map(({ place, shortcuts }) => (
          <section key={place} className={styles.section} onKeyDown={press}>
            <h3>{TITLES[place]}</h3>
            <dl>
              {shortcuts.map(({ keys, does, fixed }) => (
                <div key={keys.join()}>
                  <dt>
                    {keys.map((key) =>
                      isSingle(key) && !fixed ? (
                        <button
                          key={key}
                          type="button"
                          className={styles.key}
                          aria-label={`${keyLabel(other[key] ?? key)}: ${does}. Change the key`}
                          onClick={() => setWaiting(key)}
                          onBlur={() => setWaiting(null)}
                        >
                          {waiting === key ? "press…" : keyLabel(other[key] ?? key)}
                        </button>
                      ) : (
                        <kbd key={key}>{keyLabel(key)}</kbd>
                      ),
                    )}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** One character: what can be switched off and changed. */
function isSingle(key: string): boolean {
  return Array.from(key).length === 1 && key !== " ";
}
