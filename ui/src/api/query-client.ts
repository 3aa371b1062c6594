import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { navigate, searchText } from "../lib/address";
import { paths, UI_BASE } from "../lib/paths";
import { ApiError } from "./client";

const RETRIES_MAX = 2;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: askForKey }),
  mutationCache: new MutationCache({ onError: askForKey }),
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // An answer will not change by asking again; a broken connection may.
      retry: (failures, error) =>
        failures < RETRIES_MAX && error instanceof ApiError && [0, 502, 504].includes(error.status),
    },
  },
});

/** 401: to the login page, and from there back to this very URL. */
export function askForKey(error: unknown) {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  const here = location.pathname.slice(UI_BASE.length) + searchText();
  if (here.startsWith("/login")) return;
  navigate(UI_BASE + paths.login(here), { replace: true });
}
