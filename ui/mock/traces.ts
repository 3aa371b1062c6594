/** Traces, one trace, sessions and users. */

import type { MockRoute } from "./routes";

export const traceRoutes: MockRoute[] = [];
