/** Settings and own prices. */

import type { MockRoute } from "./routes";

export const settingsRoutes: MockRoute[] = [];
