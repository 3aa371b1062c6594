/** The last queries of this browser, newest first. */

const KEY = "portlog.queries";
const QUERIES_MAX = 50;

export function queryHistory(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function rememberQuery(text: string) {
  if (!text) return;
  const queries = [text, ...queryHistory().filter((each) => each !== text)].slice(0, QUERIES_MAX);
  localStorage.setItem(KEY, JSON.stringify(queries));
}
