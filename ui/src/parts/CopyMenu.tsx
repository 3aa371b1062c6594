import { useRef, useState, type KeyboardEvent } from "react";
import type { LogObject } from "../api/types";
import { chatOf } from "../lib/chat";
import { copyText } from "../lib/clipboard";
import {
  asCurl,
  asJson,
  asMarkdown,
  asNode,
  asPythonOpenai,
  asPythonPortkey,
  type CopiedLog,
} from "../lib/copies";
import { paths, UI_BASE } from "../lib/paths";
import { announce } from "../ui/announce";
import { Popover } from "../ui/Popover";
import styles from "./CopyMenu.module.css";
import { useShortcuts } from "./shortcuts";

interface Copy {
  label: string;
  text: (log: LogObject) => string;
  /** It needs bodies, which do-not-track logs have none of. */
  needsBody?: boolean;
}

const COPIES: Copy[] = [
  { label: "Link", text: ({ _id }) => `${location.origin}${UI_BASE}${paths.log(_id)}` },
  { label: "Id", text: ({ _id }) => _id },
  { label: "curl", text: (log) => asCurl(copied(log)), needsBody: true },
  { label: "Python (openai)", text: (log) => asPythonOpenai(copied(log)), needsBody: true },
  { label: "Python (portkey)", text: (log) => asPythonPortkey(copied(log)), needsBody: true },
  { label: "Node", text: (log) => asNode(copied(log)), needsBody: true },
  { label: "JSON", text: (log) => asJson(copied(log)) },
  { label: "Messages as Markdown", text: markdown, needsBody: true },
];

/** What can be taken elsewhere of a log. */
export function CopyMenu({ log }: { log: LogObject | undefined }) {
  const button = useRef<HTMLButtonElement>(null);
  const [said, setSaid] = useState("");
  useShortcuts("panel", [
    { keys: ["c"], does: "copy as…", run: () => (log ? button.current?.click() : false) },
  ]);
  const copy = async ({ label, text }: Copy, close: () => void) => {
    if (!log) return;
    const done = await copyText(text(log));
    announce(done ? `Copied: ${label}` : "Copying is not allowed here");
    setSaid(done ? "" : "Copying is not allowed here");
    if (done) close();
  };
  return (
    <Popover label="Copy (c)" icon="copy" button="" quiet buttonRef={button}>
      {(close) => (
        <div role="menu" aria-label="Copy as" className={styles.menu} onKeyDown={move}>
          {COPIES.map((each) => (
            <button
              key={each.label}
              type="button"
              role="menuitem"
              disabled={each.needsBody && log?.request.body === undefined}
              onClick={() => void copy(each, close)}
            >
              {each.label}
            </button>
          ))}
          {said && <p role="alert">{said}</p>}
        </div>
      )}
    </Popover>
  );
}

const TYPED_MS = 800;
let typed = { text: "", at: 0 };

/** Arrows go round; letters go to the next item that begins with what was typed. */
function move(event: KeyboardEvent<HTMLDivElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  const now = items.findIndex((item) => item === document.activeElement);
  const after = [...items.slice(now + 1), ...items.slice(0, now + 1)];
  const next = { ArrowDown: after[0], ArrowUp: after.at(-2), Home: items[0], End: items.at(-1) }[event.key];
  const found = next ?? (event.key.length === 1 && !event.ctrlKey ? begun(event, after) : undefined);
  if (!found) return;
  event.preventDefault();
  found.focus();
}

/** A first letter goes on from here; letters after it stay where they are while it fits. */
function begun({ key, timeStamp }: KeyboardEvent, after: HTMLElement[]): HTMLElement | undefined {
  const text = timeStamp - typed.at < TYPED_MS ? typed.text + key.toLowerCase() : key.toLowerCase();
  typed = { text, at: timeStamp };
  const order = text.length > 1 ? [...after.slice(-1), ...after.slice(0, -1)] : after;
  return order.find((item) => item.textContent.toLowerCase().startsWith(text));
}

function copied(log: LogObject): CopiedLog {
  return { ...log, provider: log.metrics.ai_org ?? null };
}

function markdown({ conversation, request, response }: LogObject): string {
  const chat = chatOf(conversation, { request: request.body, response: response.body });
  return chat ? asMarkdown(chat) : "";
}
