import { useState } from "react";
import { Dialog } from "../ui/Dialog";
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

/** The keys of the current page, as they are bound right now. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const [places] = useState(shortcutsNow);
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      {places.map(({ place, shortcuts }) => (
        <section key={place} className={styles.section}>
          <h3>{TITLES[place]}</h3>
          <dl>
            {shortcuts.map(({ keys, does }) => (
              <div key={keys.join()}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{keyLabel(key)}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
