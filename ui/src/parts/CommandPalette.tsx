import { useQuery } from "@tanstack/react-query";
import { useId, useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { viewsQuery } from "../api/views";
import { asUuid, hasWords, idKinds } from "../lib/palette";
import { paths } from "../lib/paths";
import { SETTINGS_TABS } from "../lib/url-state";
import { Dialog } from "../ui/Dialog";
import { SafeText } from "../ui/SafeText";
import styles from "./CommandPalette.module.css";
import { keyLabel, shortcutsNow } from "./shortcuts";
import { viewPath } from "./views";

interface Command {
  id: string;
  label: string;
  /** At the right: its key, or what it is. */
  hint: string;
  run: () => unknown;
}

/** Keys that only move within something, or open this very dialog. */
const NO_COMMAND = new Set(["Mod+k", "j", "k", "J", "K", "ArrowUp", "ArrowDown", "Escape"]);

/** Pages, views, what the page's keys do, and the log or trace of a pasted id. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const [, navigate] = useLocation();
  const { data: views } = useQuery(viewsQuery);
  // As they were before the dialog opened.
  const [places] = useState(shortcutsNow);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const open = (path: string) => () => navigate(path);
  const all: Command[] = [
    ...places.flatMap(({ place, shortcuts }) =>
      shortcuts
        .filter(({ keys, fixed }) => !fixed && !keys.some((key) => NO_COMMAND.has(key)))
        .map(({ keys, does, run }) => ({
          id: `${place} ${keys.join()}`,
          label: does,
          hint: keyLabel(keys[0] ?? ""),
          run,
        })),
    ),
    ...(views ?? []).map((view) => ({
      id: `view ${view.id}`,
      label: `view ${view.name}`,
      hint: "view",
      run: open(viewPath(view)),
    })),
    ...SETTINGS_TABS.map((tab) => ({
      id: `settings ${tab}`,
      label: `settings: ${tab}`,
      hint: "page",
      run: open(paths.settings(tab)),
    })),
  ];
  const ofId: Command[] = idKinds(typed).map((kind) => ({
    id: kind,
    label: kind === "log" ? `open the log ${asUuid(typed)}` : `open the trace ${typed.trim()}`,
    hint: kind,
    run: open(kind === "log" ? paths.log(asUuid(typed)) : paths.trace(typed.trim())),
  }));
  const found = ofId.length > 0 ? ofId : all.filter(({ label }) => hasWords(label, typed));
  const current = found[Math.min(at, found.length - 1)];
  const choose = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    // The dialog gives the focus back as it goes; what a command focuses comes after that.
    setTimeout(() => void command.run());
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") choose(current);
    else if (step && found.length > 0)
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Commands" onClose={onClose}>
      <div className={styles.palette}>
        <input
          role="combobox"
          aria-label="Page, view, action or id"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={current && `${listId} ${current.id}`.replaceAll(" ", "-")}
          aria-autocomplete="list"
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          placeholder="Page, view, action, or the id of a log or trace"
          value={typed}
          onKeyDown={press}
          onChange={({ target }) => {
            setTyped(target.value);
            setAt(0);
          }}
        />
        <ul role="listbox" id={listId} aria-label="Commands" className={styles.list}>
          {found.map((command) => (
            <li
              key={command.id}
              id={`${listId} ${command.id}`.replaceAll(" ", "-")}
              role="option"
              aria-selected={command === current}
              ref={
                command === current ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined
              }
              onClick={() => choose(command)}
            >
              <span>
                <SafeText text={command.label} />
              </span>
              <kbd>{command.hint}</kbd>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p role="status">Nothing is called so.</p>}
      </div>
    </Dialog>
  );
}
