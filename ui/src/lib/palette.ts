/** What the command palette makes of what is typed. */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HEX_32 = /^[0-9a-f]{32}$/i;

/** What a pasted id may be of, the likelier first: logs have UUIDs, traces 32 hex digits, and both may have the other. */
export function idKinds(text: string): ("log" | "trace")[] {
  const id = text.trim();
  if (UUID.test(id)) return ["log", "trace"];
  return HEX_32.test(id) ? ["trace", "log"] : [];
}

/** "01a2…" without dashes, as a log's id is written. */
export function asUuid(text: string): string {
  const hex = text.trim().toLowerCase().replaceAll("-", "");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether a label has every typed word, as the start of one of its own. */
export function hasWords(label: string, typed: string): boolean {
  const own = label.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => own.some((each) => each.startsWith(word)));
}
