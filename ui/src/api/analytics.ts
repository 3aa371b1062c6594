/** Graphs, groups and error groups. */

export {};
