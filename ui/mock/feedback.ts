/** Feedback. */

import type { MockRoute } from "./routes";

export const feedbackRoutes: MockRoute[] = [];
