/** Saved views. */

export {};
