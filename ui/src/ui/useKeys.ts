import { useEffect, useEffectEvent, useLayoutEffect } from "react";

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
  // Before it is painted: what is seen can be pressed.
  useLayoutEffect(() => {
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
  const oldest = ahead[0];
  if (key === "Escape" || (oldest && event.timeStamp - oldest.at > AHEAD_MS)) ahead = [];
  if (waiting > 0 && ahead.length > 0 && keep(event)) return;
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
  else if (waiting > 0) keep(event);
}

// -- keys pressed ahead -------------------------------------------------------------------------------------

/** A key pressed before what it is for is there. */
interface Ahead {
  init: KeyboardEventInit;
  at: number;
}

/** Nobody means a page that comes later than this; a slow machine under load took more than 5 s. */
const AHEAD_MS = 15_000;
/** React has drawn what one key did before the next is pressed. */
const BETWEEN_MS = 30;
let waiting = 0;
let ahead: Ahead[] = [];

/** While `on`, keys that nothing takes are kept, and pressed again, in order, when what is waited for is there. */
export function useKeysAhead(on: boolean) {
  useEffect(() => {
    if (!on) return;
    waiting += 1;
    return () => {
      waiting -= 1;
      setTimeout(pressNext, BETWEEN_MS);
    };
  }, [on]);
}

/** In place of what is on its way. */
export function KeysAhead() {
  useKeysAhead(true);
  return null;
}

export function areKeysAwaited(): boolean {
  return waiting > 0;
}

/** Only keys that the browser itself has no use for there. */
function keep(event: KeyboardEvent): boolean {
  const { key, shiftKey, altKey, timeStamp: at, target } = event;
  if (key === "Tab" || (target instanceof Element && target.closest(USED) !== null)) return false;
  ahead.push({ init: { key, shiftKey, altKey, bubbles: true, cancelable: true }, at });
  event.preventDefault();
  return true;
}

const USED = "a, button, summary, input, [role=gridcell], [role=tab], [role=treeitem], [role=menuitem]";

function pressNext() {
  const next = waiting === 0 ? ahead.shift() : undefined;
  if (!next) return;
  const target = document.activeElement ?? document.body;
  // What comes now would be a text, and part of it may be typed already.
  if (isElsewhere(target) || performance.now() - next.at > AHEAD_MS) ahead = [];
  else {
    target.dispatchEvent(new KeyboardEvent("keydown", next.init));
    setTimeout(pressNext, BETWEEN_MS);
  }
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
