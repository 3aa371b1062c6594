import { useState } from "react";
import { Button } from "./Button";

interface Props {
  label: string;
  /** What it asks before it does it: "Delete it?" */
  sure: string;
  onSure: () => void;
  disabled?: boolean;
}

/** What cannot be undone takes a second press; leaving the button takes the first one back. */
export function SureButton({ label, sure, onSure, disabled }: Props) {
  const [asked, setAsked] = useState(false);
  return (
    <Button
      look="quiet"
      disabled={disabled}
      onBlur={() => setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) onSure();
      }}
    >
      {asked ? sure : label}
    </Button>
  );
}
