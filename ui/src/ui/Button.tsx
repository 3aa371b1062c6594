import type { ComponentProps } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./icons";

interface Props extends ComponentProps<"button"> {
  /** quiet: no border until hovered; primary: the one thing to do here. */
  look?: "plain" | "quiet" | "primary";
  icon?: IconName;
}

export function Button({ look = "plain", icon, children, className, ...rest }: Props) {
  return (
    <button type="button" className={[styles.button, styles[look], className].join(" ")} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button with only an icon: its name is the tooltip too. */
export function IconButton({
  icon,
  label,
  ...rest
}: Omit<Props, "children"> & { icon: IconName; label: string }) {
  return (
    <Button look="quiet" icon={icon} aria-label={label} title={label} {...rest} className={styles.icon} />
  );
}
