import { useId, useLayoutEffect, useRef } from "react";
import type { Piece } from "../lib/query/lex";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./FilterField.module.css";
import { FilterInk } from "./FilterInk";
import { FilterOptions } from "./FilterOptions";
import { useFilterField, type FilterFieldProps } from "./useFilterField";

/**
 * The filter as one text field. What is typed changes nothing until Enter; Escape brings the committed text
 * back. Tokens are drawn behind the caret, so typing is never interrupted.
 */
export function FilterField(props: FilterFieldProps) {
  const field = useFilterField(props);
  const { text, pieces, fault, shown, active, input } = field;
  const ink = useRef<HTMLDivElement>(null);
  const id = useId();
  const follow = () => {
    if (ink.current) ink.current.style.transform = `translateX(${-(input.current?.scrollLeft ?? 0)}px)`;
  };
  // Of another text alone: to ask where it stands has all of the page laid out.
  useLayoutEffect(follow, [text, input]);
  return (
    <div className={styles.box} role="search" data-invalid={fault !== null}>
      <span className={styles.icon}>
        <Icon name="search" />
      </span>
      <div className={styles.field}>
        <div ref={ink} className={styles.mirror} aria-hidden="true">
          <FilterInk text={text} pieces={pieces} fault={fault} />
        </div>
        <input
          ref={input}
          type="text"
          role="combobox"
          value={text}
          placeholder={'Filter: status:>=400 model:gpt-4o* "rate limit"'}
          aria-label="Filter"
          aria-expanded={shown}
          aria-controls={shown ? `${id}-options` : undefined}
          aria-activedescendant={active >= 0 ? `${id}-option-${active}` : undefined}
          aria-autocomplete="list"
          aria-invalid={fault !== null}
          aria-describedby={fault ? `${id}-fault` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={({ target }) => field.type(target.value, target.selectionStart ?? target.value.length)}
          onSelect={(event) => field.setCaret(event.currentTarget.selectionEnd ?? 0)}
          onDoubleClick={(event) => selectPiece(event.currentTarget, pieces)}
          onScroll={follow}
          onKeyDown={field.press}
          onFocus={field.enter}
          onBlur={field.leave}
        />
      </div>
      {text === "" ? (
        <kbd className={styles.key} aria-hidden="true">
          /
        </kbd>
      ) : (
        <IconButton icon="close" label="Clear the filter" onClick={field.clear} />
      )}
      {shown && (
        <FilterOptions
          id={id}
          options={field.options}
          active={active}
          hint={field.hint}
          onTake={field.take}
        />
      )}
      {fault && !shown && (
        <p id={`${id}-fault`} className={styles.problem} role="alert">
          {fault.message}
          {fault.suggestion !== null && (
            <button type="button" onClick={() => correct(field, fault, fault.suggestion ?? "")}>
              Use {fault.suggestion}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function correct(
  { text, put }: { text: string; put: (text: string, caret: number) => void },
  { start, end }: { start: number; end: number },
  by: string,
) {
  put(text.slice(0, start) + by + text.slice(end), start + by.length);
}

/** A double click takes the whole token. */
function selectPiece(input: HTMLInputElement, pieces: Piece[]) {
  const at = input.selectionStart ?? 0;
  const piece = pieces.find(({ start, end }) => start <= at && at <= end);
  if (piece) input.setSelectionRange(piece.start, piece.end);
}
