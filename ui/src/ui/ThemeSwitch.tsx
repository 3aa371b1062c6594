import { Icon } from "./icons";
import { setTheme, useTheme, type Theme } from "./theme";
import styles from "./ThemeSwitch.module.css";

const THEMES: { id: Theme; label: string }[] = [
  { id: "system", label: "System theme" },
  { id: "light", label: "Light theme" },
  { id: "dark", label: "Dark theme" },
];

export function ThemeSwitch() {
  const theme = useTheme();
  return (
    <div role="group" aria-label="Theme" className={styles.group}>
      {THEMES.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-pressed={theme === id}
          aria-label={label}
          title={label}
          onClick={() => setTheme(id)}
        >
          <Icon name={id} />
        </button>
      ))}
    </div>
  );
}
