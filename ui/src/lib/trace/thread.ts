/** Of the calls of a trace, what each says that those before it did not. */

export interface Turn<Message> {
  /** How many of its messages had been seen. */
  known: number;
  messages: Message[];
}

/**
 * A call repeats the messages before it: what was seen is dropped from its start, for as long as it was seen.
 * Null stands for a call that is not loaded yet.
 */
export function newMessages<Message>(calls: (readonly Message[] | null)[]): (Turn<Message> | null)[] {
  const seen = new Set<string>();
  return calls.map((messages) => {
    if (messages === null) return null;
    const keys = messages.map((message) => keyOf(message));
    let known = 0;
    while (known < keys.length && seen.has(keys[known] ?? "")) known++;
    keys.forEach((key) => seen.add(key));
    return { known, messages: messages.slice(known) };
  });
}

/** An answer becomes a message of the next request: why it ended is not part of what it says. */
function keyOf(message: unknown): string {
  return JSON.stringify(message, (name, value: unknown) => (name === "finish" ? undefined : value));
}
