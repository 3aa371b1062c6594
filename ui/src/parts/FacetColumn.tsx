import { useState } from "react";
import type { Asked } from "../api/question";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useMedia } from "../ui/useMedia";
import styles from "./FacetColumn.module.css";
import { Facets } from "./Facets";
import { useShortcuts } from "./shortcuts";

interface Props {
  asked: Asked;
  live: boolean;
  /** The question can be asked. */
  enabled: boolean;
  onChange: (q: string) => void;
}

const KEY = "portlog.facets-hidden";

/** The facets beside the list; where there is no room, a sheet over it. */
export function FacetColumn({ asked, live, enabled, onChange }: Props) {
  const narrow = useMedia("(max-width: 899px)");
  const [hidden, setHidden] = useState(() => localStorage.getItem(KEY) === "1");
  const [sheet, setSheet] = useState(false);
  const toggle = () => {
    if (narrow) setSheet(true);
    else {
      setHidden(!hidden);
      localStorage.setItem(KEY, hidden ? "0" : "1");
    }
  };
  useShortcuts("list", [{ keys: ["\\"], does: "facets", run: toggle }]);
  if (narrow) {
    return (
      <>
        <Button icon="facets" className={styles.opener} onClick={toggle}>
          Facets
        </Button>
        {sheet && (
          <Dialog title="Facets" side="left" onClose={() => setSheet(false)}>
            {enabled && <Facets asked={asked} live={live} onChange={onChange} />}
          </Dialog>
        )}
      </>
    );
  }
  if (hidden) {
    return (
      <div className={styles.folded}>
        <IconButton icon="facets" label="Show facets (\)" onClick={toggle} />
      </div>
    );
  }
  return (
    <section className={styles.column} aria-label="Facets">
      <div className={styles.hide}>
        <IconButton icon="left" label="Hide facets (\)" onClick={toggle} />
      </div>
      {enabled && <Facets asked={asked} live={live} onChange={onChange} />}
    </section>
  );
}
