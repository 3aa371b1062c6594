/** API keys. */

import type { MockRoute } from "./routes";

export const keyRoutes: MockRoute[] = [];
