/** Who answers, and the door. */

import { Refused, type Ask, type MockRoute } from "./routes";

const KEY = process.env.MOCK_KEY;

export const aboutRoutes: MockRoute[] = [
  {
    method: "GET",
    path: "about",
    answer: (ask) => ({
      name: "portlog",
      version: "0.1.0",
      auth: KEY ? "keys" : "off",
      logs: ask.store.logs.length,
      session: KEY !== undefined && isSignedIn(ask),
    }),
  },
  {
    method: "POST",
    path: "session",
    answer: ({ body, response }) => {
      if ((body as { key?: string } | null)?.key !== KEY) throw new Refused(401, "This key is not known.");
      response.setHeader("Set-Cookie", "session=mock; HttpOnly; SameSite=Strict; Path=/");
      return { success: true };
    },
  },
  {
    method: "DELETE",
    path: "session",
    answer: ({ response }) => {
      response.setHeader("Set-Cookie", "session=; Max-Age=0; Path=/");
      return { success: true };
    },
  },
];

export function isSignedIn({ request }: Pick<Ask, "request">): boolean {
  return !KEY || (request.headers.cookie ?? "").includes("session=mock");
}
