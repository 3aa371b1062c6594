import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

interface Props {
  title: string;
  onClose: () => void;
  /** A sheet at that side, in place of a box in the middle. */
  side?: "left";
  /** Room for two columns. */
  wide?: boolean;
  children: ReactNode;
}

/** A modal dialog: the browser traps focus, closes on Escape and gives focus back. */
export function Dialog({ title, onClose, side, wide, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-side={side}
      data-wide={wide}
      aria-label={title}
      onClose={onClose}
    >
      <header className={styles.header}>
        <h2>{title}</h2>
        <IconButton icon="close" label="Close" onClick={() => dialog.current?.close()} />
      </header>
      {children}
    </dialog>
  );
}
