// Runs before the first paint. Without a choice the page follows the system (see tokens.css).
try {
  const theme = localStorage.getItem("portlog.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; following the system is then right.
}
