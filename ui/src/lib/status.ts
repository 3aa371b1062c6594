/** How a status is read at a glance: colour, and a shape for those who cannot see the colour. */

export type Tone = "ok" | "warn" | "error" | "unknown";

export const MARKS: Record<Tone, string> = { ok: "●", warn: "▲", error: "■", unknown: "○" };

export function statusTone(status: number | null): Tone {
  if (status === null) return "unknown";
  if (status >= 200 && status < 400) return "ok";
  if (status >= 400 && status < 500) return "warn";
  return "error";
}

export function statusWord(status: number | null): string {
  const words = { ok: "ok", warn: "refused", error: "failed", unknown: "no status" };
  return words[statusTone(status)];
}
