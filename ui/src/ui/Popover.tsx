import { useEffect, useId, useRef, useState, type ReactNode, type Ref } from "react";
import { Button } from "./Button";
import type { IconName } from "./icons";
import styles from "./Popover.module.css";

interface Props {
  /** The dialog's name; the button's too unless `children` says more. */
  label: string;
  button: ReactNode;
  icon: IconName;
  buttonRef?: Ref<HTMLButtonElement>;
  invalid?: boolean;
  describedBy?: string;
  /** Only the icon, without a border. */
  quiet?: boolean;
  /** Of a button that says more than its icon. */
  look?: "plain" | "quiet";
  children: (close: () => void) => ReactNode;
}

/** A button and what floats under it. Focus goes in, and comes back to the button on closing. */
export function Popover({
  label,
  button,
  icon,
  buttonRef,
  invalid,
  describedBy,
  quiet = false,
  look = quiet ? "quiet" : "plain",
  children,
}: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const first = (selector: string) => layer.current?.querySelector<HTMLElement>(selector);
    (first("[data-autofocus]") ?? first("input, select, button"))?.focus();
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    const button = root.current?.querySelector<HTMLElement>("button");
    return () => {
      document.removeEventListener("pointerdown", outside);
      // The layer took the focus with it, unless it went elsewhere already.
      if (document.activeElement === document.body) button?.focus();
    };
  }, [open]);

  const close = () => setOpen(false);
  return (
    <div
      ref={root}
      className={styles.root}
      onKeyDown={(event) => {
        if (!open || event.key !== "Escape") return;
        // Innermost first: the page's own Escape must not see this one.
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !root.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <Button
        ref={buttonRef}
        icon={icon}
        look={look}
        aria-label={quiet ? label : undefined}
        className={invalid ? styles.invalid : undefined}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-describedby={describedBy}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </Button>
      {open && (
        <div ref={layer} id={id} role="dialog" aria-label={label} className={styles.layer}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
