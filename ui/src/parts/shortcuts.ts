/** The keys of each place, for the list behind `?`. The pages bind them. */

interface Section {
  title: string;
  keys: [string, string][];
}

const ANYWHERE: Section = {
  title: "Anywhere",
  keys: [
    ["g l", "go to logs"],
    ["g w", "go to “Send logs”"],
    ["y", "copy a link to this view"],
    ["?", "this list"],
    ["Esc", "close the innermost"],
  ],
};

const LIST: Section = {
  title: "List",
  keys: [
    ["/", "search text"],
    ["t", "time range"],
    ["r", "reload"],
    ["j k ↑ ↓", "next, previous log"],
    ["PgUp PgDn Home End", "further"],
    ["← →", "cell"],
    ["i", "filter for the cell's value"],
    ["Enter", "open beside the list"],
    ["o", "open as a page"],
    [".", "show new logs"],
  ],
};

const LOG: Section = {
  title: "Log",
  keys: [
    ["1 2 3 4", "chat, request, response, metadata"],
    ["j k", "next, previous log in the list"],
    ["Alt+← Alt+→", "panel wider, narrower"],
    ["Esc", "back to the list"],
  ],
};

export function shortcutsFor(path: string): Section[] {
  if (path === "/logs") return [ANYWHERE, LIST, LOG];
  return path.startsWith("/logs/") ? [ANYWHERE, LOG] : [ANYWHERE];
}
