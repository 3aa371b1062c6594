/** Who answers, and the door. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { About } from "./types";

export const aboutQuery = queryOptions({
  queryKey: ["about"] as const,
  queryFn: ({ signal }) => call<About>("about", { signal }),
});

export const signIn = (key: string) => call("session", { method: "POST", body: { key } });

export const signOut = () => call("session", { method: "DELETE" });
