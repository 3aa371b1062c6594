/** Settings and own prices. */

export {};
