/** Graphs, groups and error groups. */

import type { MockRoute } from "./routes";

export const analyticsRoutes: MockRoute[] = [];
