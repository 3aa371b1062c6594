/** Export jobs. */

import type { MockRoute } from "./routes";

export const exportRoutes: MockRoute[] = [];
