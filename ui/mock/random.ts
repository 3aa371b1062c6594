/** A seeded source of chance, so that the mock shows the same logs every time. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** One of the list, the earlier ones more often. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() ** 1.15 * items.length)];
    if (item === undefined) throw new Error("Nothing to pick from.");
    return item;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  hex(length: number): string {
    return Array.from({ length }, () => Math.floor(this.next() * 16).toString(16)).join("");
  }

  uuid(): string {
    const digits = this.hex(32);
    return [8, 12, 16, 20, 32].map((end, index, ends) => digits.slice(ends[index - 1] ?? 0, end)).join("-");
  }
}
