import { Fragment, useEffect, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { settle } from "../lib/address";
import { copyText } from "../lib/clipboard";
import { early } from "../lib/early";
import { announce, liveRegion } from "../ui/announce";
import { areKeysAwaited } from "../ui/useKeys";
import { useOnline } from "../ui/useOnline";
import { Boundary } from "./Boundary";
import { KeysDialog } from "./KeysDialog";
import { NewVersion } from "./NewVersion";
import styles from "./Shell.module.css";
import { useShortcuts } from "./shortcuts";
import { PAGES, Sidebar } from "./Sidebar";
import { useCarriedQuestion } from "./usePageState";
import { useZone } from "./useZone";

const [CommandPalette, loadCommandPalette] = early(async () => (await import("./CommandPalette")).default);

/** What surrounds every page: the sidebar, the keys that work anywhere, the voice for screen readers. */
export function Shell({ children }: { children: ReactNode }) {
  const [path, navigate] = useLocation();
  const [showKeys, setShowKeys] = useState(false);
  const [commands, setCommands] = useState(false);
  const online = useOnline();
  const [zone] = useZone();
  const question = useCarriedQuestion();
  useEffect(() => {
    // The page comes first.
    const later = setTimeout(() => void loadCommandPalette(), 2000);
    return () => clearTimeout(later);
  }, []);
  useShortcuts("anywhere", [
    ...PAGES.map(({ key, label, path: to }) => ({
      keys: [`g ${key}`],
      does: `go to ${label}`,
      run: () => navigate(to(question)),
    })),
    { keys: ["Mod+k"], does: "commands", run: () => setCommands(true) },
    { keys: ["y"], does: "copy a link to this view", run: copyLink },
    // Of a page that is still coming there are none to show yet: the key waits with the others.
    { keys: ["?"], does: "keys of this page", run: () => (areKeysAwaited() ? false : setShowKeys(true)) },
  ]);
  return (
    <>
      <a href="#main" className={`visually-hidden ${styles.skip ?? ""}`} onClick={skipToMain}>
        Skip to content
      </a>
      <div className={styles.shell}>
        {path !== "/login" && <Sidebar onShowKeys={() => setShowKeys(true)} />}
        <main id="main" tabIndex={-1} className={styles.main}>
          {path !== "/login" && <NewVersion />}
          {!online && (
            <p className={styles.offline} role="status">
              You are offline. What is loaded stays readable; new logs come when the network is back.
            </p>
          )}
          {/* Every time on the page is of one zone. */}
          <Fragment key={zone}>{children}</Fragment>
        </main>
      </div>
      {commands && (
        <Boundary what="The commands" at={path}>
          <CommandPalette onClose={() => setCommands(false)} />
        </Boundary>
      )}
      {showKeys && <KeysDialog onClose={() => setShowKeys(false)} />}
      <div ref={liveRegion} className={styles.toast} role="status" aria-live="polite" />
    </>
  );
}

/** A plain "#main" would lead to <base href>, which is another page. */
function skipToMain(event: { preventDefault: () => void }) {
  event.preventDefault();
  const target = document.querySelector<HTMLElement>("[data-skip-target]") ?? document.getElementById("main");
  target?.focus();
}

async function copyLink() {
  settle();
  const copied = await copyText(location.href);
  announce(copied ? "Link copied" : "Copying is not allowed here");
}
