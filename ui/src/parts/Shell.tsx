import { useRef, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { copyText } from "../lib/clipboard";
import { paths } from "../lib/paths";
import { announce, liveRegion } from "../ui/announce";
import { useKeys } from "../ui/useKeys";
import { useOnline } from "../ui/useOnline";
import { KeysDialog } from "./KeysDialog";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";

/** What surrounds every page: the sidebar, the keys that work anywhere, the voice for screen readers. */
export function Shell({ children }: { children: ReactNode }) {
  const [path, navigate] = useLocation();
  const [showKeys, setShowKeys] = useState(false);
  const online = useOnline();
  const goKeys = useGoKeys(navigate);
  useKeys({
    ...goKeys,
    "?": () => setShowKeys(true),
    y: copyLink,
  });
  return (
    <>
      <a href="#main" className={`visually-hidden ${styles.skip ?? ""}`} onClick={skipToMain}>
        Skip to content
      </a>
      <div className={styles.shell}>
        {path !== "/login" && <Sidebar onShowKeys={() => setShowKeys(true)} />}
        <main id="main" tabIndex={-1} className={styles.main}>
          {!online && (
            <p className={styles.offline} role="status">
              You are offline. What is loaded stays readable; new logs come when the network is back.
            </p>
          )}
          {children}
        </main>
      </div>
      {showKeys && <KeysDialog path={path} onClose={() => setShowKeys(false)} />}
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
  const copied = await copyText(location.href);
  announce(copied ? "Link copied" : "Copying is not allowed here");
}

const CHORD_MS = 1500;

/** `g` and then a letter. */
function useGoKeys(navigate: (to: string) => void) {
  const pressedAt = useRef(-Infinity);
  const go = (to: string) => () => {
    if (performance.now() - pressedAt.current < CHORD_MS) navigate(to);
    pressedAt.current = -Infinity;
  };
  return {
    g: () => {
      pressedAt.current = performance.now();
    },
    l: go(paths.logs()),
    w: go(paths.welcome),
  };
}
