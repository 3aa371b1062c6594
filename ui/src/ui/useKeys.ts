import { useEffect, useEffectEvent } from "react";

/** What a key does; `false` leaves the key to the browser. */
type Keys = Record<string, () => unknown>;

/** Single keys of a page. Silent inside text fields, inside and under dialogs, and with modifiers. */
export function useKeys(keys: Keys) {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || isElsewhere(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const handle = keys[event.altKey ? `Alt+${event.key}` : event.key];
    if (handle && handle() !== false) event.preventDefault();
  });
  useEffect(() => {
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, select, textarea, [contenteditable], [role=dialog]") !== null
  );
}
