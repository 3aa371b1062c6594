import { useEffect, useEffectEvent } from "react";

/**
 * What a key does, by name: "j", "J" (with Shift), "Shift+ArrowUp", "Alt+ArrowLeft", "Mod+k" (Ctrl or ⌘), or two
 * keys one after the other, "g l". `false` leaves the key to the next place that binds it, then to the browser.
 */
export type Keys = Record<string, () => unknown>;

interface Binding {
  rank: number;
  run: (name: string) => unknown;
  begins: (prefix: string) => boolean;
}

const bindings = new Set<Binding>();
/** Time to press the second key of two. */
const CHORD_MS = 1500;
let prefix = "";
let prefixAt = -Infinity;

/** Binds keys while mounted. Where several bind one, the highest rank comes first. */
export function useKeys(keys: Keys, rank = 0) {
  const run = useEffectEvent((name: string) => {
    const handle = keys[name];
    return handle ? handle() : false;
  });
  const begins = useEffectEvent((first: string) =>
    Object.keys(keys).some((name) => name.startsWith(`${first} `)),
  );
  useEffect(() => {
    const binding = { rank, run: (name: string) => run(name), begins: (first: string) => begins(first) };
    if (bindings.size === 0) document.addEventListener("keydown", press);
    bindings.add(binding);
    return () => {
      bindings.delete(binding);
      if (bindings.size === 0) document.removeEventListener("keydown", press);
    };
  }, [rank]);
}

export interface KeyChoice {
  /** Single keys are silent. */
  off: boolean;
  /** The key pressed, by the key it stands for. */
  other: Record<string, string>;
}

let choice: KeyChoice = { off: false, other: {} };

/** Switches single keys off, or gives them others' meaning. */
export function setKeyChoice(next: KeyChoice) {
  choice = next;
}

/** Silent inside text fields, inside and under dialogs; keys with Ctrl or ⌘ work in text fields too. */
function press(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const pressed = nameOf(event);
  if (pressed.startsWith("Mod+")) {
    if (dispatch(pressed)) event.preventDefault();
    return;
  }
  if (isElsewhere(event.target) || MODIFIERS.has(event.key)) return;
  const key = meant(pressed);
  if (key === null) return;
  if (choice.off && isCharacter(key)) return;
  if (prefix && event.timeStamp - prefixAt < CHORD_MS) {
    const chord = `${prefix} ${key}`;
    prefix = "";
    dispatch(chord);
    event.preventDefault();
  } else if ([...bindings].some((each) => each.begins(key))) {
    prefix = key;
    prefixAt = event.timeStamp;
    event.preventDefault();
  } else if (dispatch(key)) event.preventDefault();
}

/** The key that the pressed one stands for; null when its own meaning was given to another. */
function meant(pressed: string): string | null {
  const stoodFor = Object.entries(choice.other).find(([, other]) => other === pressed)?.[0];
  return stoodFor ?? (choice.other[pressed] === undefined ? pressed : null);
}

function dispatch(name: string): boolean {
  const inner = [...bindings].sort((a, b) => b.rank - a.rank);
  return inner.some((each) => each.run(name) !== false);
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph"]);

const isCharacter = (name: string) => Array.from(name).length === 1;

function nameOf(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey) return `Mod+${event.key.toLowerCase()}`;
  if (event.altKey && !isCharacter(event.key)) return `Alt+${event.key}`;
  // A character has its Shift in it already.
  return event.shiftKey && !isCharacter(event.key) ? `Shift+${event.key}` : event.key;
}

function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox]), select, textarea, [contenteditable], [role=dialog]") !== null
  );
}
