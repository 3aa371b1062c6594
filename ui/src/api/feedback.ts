/** Feedback: list, give, change, delete. */

export {};
