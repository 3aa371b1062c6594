/** Saved views. */

import type { MockRoute } from "./routes";

export const viewRoutes: MockRoute[] = [];
