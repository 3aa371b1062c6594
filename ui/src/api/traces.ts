/** Traces, one trace, sessions and users. */

export {};
