import { useCallback, useEffect, useMemo, useState } from "react";
import { navigate, replaceSearch, searchText, settle, useSearchText } from "../lib/address";
import type { Codec } from "../lib/codec";
import { questionState, type Question } from "../lib/url-state";

/** Push what one may want to undo or go back to; replace what only moves a cursor. */
export type How = "push" | "replace";

/** Set on entries of the history that an edit made: Backspace may leave them. */
const EDITED = { edited: true };

/** A page's state, kept in its URL and nowhere else. */
export function usePageState<State>(codec: Codec<State>) {
  const search = useSearchText();
  const { state, problems } = useMemo(() => codec.read(search), [codec, search]);
  const update = useCallback(
    (patch: Partial<State>, how: How = "push") => {
      const next = codec.write({ ...codec.read(searchText()).state, ...patch });
      if (next === searchText()) return;
      if (how === "replace") replaceSearch(next);
      else navigate(location.pathname + next, { state: EDITED });
    },
    [codec],
  );
  return { state, problems, update };
}

/**
 * The same for a page that asks. `now` is the instant from which a relative range is seen: all parts of the
 * page share it, so that they count the same logs; asking anew and reloading set it.
 */
export function usePageQuestion<State extends Question>(codec: Codec<State>) {
  const page = usePageState(codec);
  const [now, setNow] = useState(Date.now);
  const { update } = page;
  const ask = useCallback(
    (patch: Partial<State>) => {
      setNow(Date.now());
      update(patch);
    },
    [update],
  );
  const reload = useCallback(() => setNow(Date.now()), []);
  const { q, from, to } = page.state;
  useEffect(() => {
    carried = { q, from, to };
  }, [q, from, to]);
  return { ...page, now, ask, reload };
}

/** Undoes the last edit of this page, if the entry of the history that we are at was made by one. */
export function undoEdit(): boolean {
  const edited = (history.state as { edited?: boolean } | null)?.edited === true;
  if (edited) {
    settle();
    history.back();
  }
  return edited;
}

/** The question last asked, for the way over pages that ask none. */
let carried: Question = questionState.defaults;

/** The question that links to other pages take along. */
export function useCarriedQuestion(): Question {
  const search = useSearchText();
  return useMemo(
    () => (/[?&](q|from|to)=/.test(search) ? questionState.read(search).state : carried),
    [search],
  );
}
