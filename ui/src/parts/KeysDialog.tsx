import { Dialog } from "../ui/Dialog";
import styles from "./KeysDialog.module.css";
import { shortcutsFor } from "./shortcuts";

export function KeysDialog({ path, onClose }: { path: string; onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      {shortcutsFor(path).map(({ title, keys }) => (
        <section key={title} className={styles.section}>
          <h3>{title}</h3>
          <dl>
            {keys.map(([names, meaning]) => (
              <div key={names}>
                <dt>
                  {names.split(" ").map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
