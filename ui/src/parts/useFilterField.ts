import {
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type Ref,
} from "react";
import type { Asked } from "../api/question";
import type { QueryFault } from "../api/types";
import { lex, type Piece } from "../lib/query/lex";
import { tryParse } from "../lib/query/parse";
import { fromCodePoints, Mistake, type Place } from "../lib/query/syntax";
import { queryHistory, rememberQuery } from "./query-history";
import { useCompletion, useFields } from "./useCompletion";
import { useViewOptions } from "./useViewOptions";

export interface FilterFieldHandle {
  focus: () => void;
}

/** What the server found wrong with the committed text. */
export interface Refusal {
  message: string;
  faults: QueryFault[];
}

export interface FilterFieldProps {
  ref: Ref<FilterFieldHandle>;
  /** The question at hand; its `q` is the committed text. */
  asked: Asked;
  refusal: Refusal | null;
  onCommit: (text: string) => void;
  /** After Enter. */
  onLeave?: () => void;
}

interface ListOption {
  label: string;
  detail: string;
  text: string;
  caret: number;
  /** In place of putting the text. */
  run?: () => void;
}

/** The draft of the filter, its list of suggestions, and the keys that act on both. */
export function useFilterField({ ref, asked, refusal, onCommit, onLeave }: FilterFieldProps) {
  const committed = asked.q;
  const fields = useFields();
  const draft = useDraft(committed);
  const { text, caret, put } = draft;
  const [focused, setFocused] = useState(false);
  const [list, setList] = useState<"closed" | "complete" | "history">("closed");
  const [active, setActive] = useState(-1);
  const [insisted, setInsisted] = useState(false);
  useImperativeHandle(ref, () => ({
    focus: () => {
      draft.input.current?.focus();
      draft.input.current?.setSelectionRange(text.length, text.length);
    },
  }));

  const pieces = useMemo(() => lex(text), [text]);
  const found = useMemo(() => tryParse(text, fields), [text, fields]);
  const fault = found instanceof Mistake ? found : text === committed ? faultOf(text, refusal) : null;
  // What is still being typed is not blamed yet.
  const beingTyped = focused && !insisted && fault !== null && caret >= fault.start && caret <= fault.end;

  const completion = useCompletion(text, caret, asked, list === "complete");
  const views = useViewOptions(text, list !== "closed");
  const options: ListOption[] = list === "history" ? historyOptions() : [...views, ...completion.options];
  const hint = list === "complete" ? completion.hint : "";
  const shown = list !== "closed" && (options.length > 0 || hint !== "");

  const close = () => {
    setList("closed");
    setActive(-1);
  };
  const commit = (next: string): boolean => {
    close();
    const read = tryParse(next, fields);
    setInsisted(read instanceof Mistake);
    if (read instanceof Mistake) return false;
    rememberQuery(next.trim());
    onCommit(next.trim());
    return true;
  };
  const take = (index: number) => {
    const option = options[index];
    if (!option) return;
    close();
    if (option.run) {
      option.run();
      onLeave?.();
      return;
    }
    put(option.text, option.caret);
    // A field wants its value.
    if (/[:.]$/.test(option.text.slice(0, option.caret))) setList("complete");
  };
  const step = (by: number) => {
    const history = text === "" && by < 0;
    if (list === "closed") setList(history ? "history" : "complete");
    if (list === "closed") setActive(history ? 0 : -1);
    else if (options.length > 0)
      setActive((Math.max(active, by < 0 ? 0 : -1) + by + options.length) % options.length);
  };
  const cut = ({ start, end }: Place) => {
    const left = `${text.slice(0, start).trimEnd()} ${text.slice(end).trimStart()}`.trim();
    put(left, Math.min(start, left.length));
    commit(left);
  };
  const restore = () => {
    put(committed, committed.length);
    setInsisted(false);
    draft.input.current?.blur();
  };

  /** Whether the key was ours. */
  const act = (event: KeyboardEvent<HTMLInputElement>): boolean => {
    switch (event.key) {
      case "Enter":
        if (active >= 0) take(active);
        else if (commit(text)) onLeave?.();
        return true;
      case "Escape":
        if (shown) close();
        else restore();
        return true;
      case "ArrowDown":
      case "ArrowUp":
        step(event.key === "ArrowDown" ? 1 : -1);
        return true;
      case "Tab":
        if (event.shiftKey || !shown || options.length === 0) return false;
        if (active < 0 && !isBegun(text, caret)) return false;
        take(Math.max(active, 0));
        return true;
      case "Backspace":
      case "Delete": {
        const piece = pieceToCut(event, pieces);
        if (piece) cut(piece);
        return piece !== undefined;
      }
      default:
        return false;
    }
  };

  return {
    ...draft,
    pieces,
    options,
    hint,
    shown,
    active,
    take,
    fault: fault && !beingTyped ? fault : null,
    clear: () => cut({ start: 0, end: text.length }),
    press: (event: KeyboardEvent<HTMLInputElement>) => {
      if (!event.nativeEvent.isComposing && act(event)) event.preventDefault();
    },
    type: (next: string, at: number) => {
      draft.type(next, at);
      setActive(-1);
      setInsisted(false);
      setList("complete");
    },
    enter: () => setFocused(true),
    leave: () => {
      setFocused(false);
      close();
    },
  };
}

/** The text being typed and its caret. What is committed elsewhere takes its place. */
function useDraft(committed: string) {
  const [text, setText] = useState(committed);
  const [seen, setSeen] = useState(committed);
  const [caret, setCaret] = useState(committed.length);
  const input = useRef<HTMLInputElement>(null);
  // Set by hand only where the text was.
  const wanted = useRef<number | null>(null);
  if (seen !== committed) {
    setSeen(committed);
    setText(committed);
    setCaret(committed.length);
  }
  useLayoutEffect(() => {
    if (wanted.current !== null) input.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = null;
  });
  return {
    input,
    text,
    caret,
    setCaret,
    type: (next: string, at: number) => {
      setText(next);
      setCaret(at);
    },
    put: (next: string, at: number) => {
      setText(next);
      setCaret(at);
      wanted.current = at;
      input.current?.focus();
    },
  };
}

interface Fault extends Place {
  message: string;
  suggestion: string | null;
}

/** What the server said, with its place in the text; the whole text when it named none. */
function faultOf(text: string, refusal: Refusal | null): Fault | null {
  if (!refusal) return null;
  const [fault] = refusal.faults;
  return {
    message: refusal.message,
    start: fault ? fromCodePoints(text, fault.start) : 0,
    end: fault ? fromCodePoints(text, fault.end) : text.length,
    suggestion: fault?.suggestion ?? null,
  };
}

function historyOptions(): ListOption[] {
  return queryHistory().map((text) => ({ label: text, detail: "", text, caret: text.length }));
}

/** Something stands before the caret that a completion would end. */
function isBegun(text: string, caret: number): boolean {
  return caret > 0 && !/[\s():,]/u.test(text.charAt(caret - 1));
}

/** The token before the caret, with Ctrl or Alt; else the tokens that the selection covers whole.
    Where the caret is, the field says: what we were told of it comes later than a quick key. */
function pieceToCut(event: KeyboardEvent<HTMLInputElement>, pieces: Piece[]): Place | undefined {
  const { selectionStart: from, selectionEnd: to } = event.currentTarget;
  if (event.altKey || event.ctrlKey) return pieces.findLast(({ start }) => start < (to ?? 0));
  const first = pieces.find(({ start }) => start === from);
  const last = pieces.find(({ end }) => end === to);
  return first && last && first.start < last.end ? { start: first.start, end: last.end } : undefined;
}
