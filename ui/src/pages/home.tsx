import { useQuery } from "@tanstack/react-query";
import { Redirect } from "wouter";
import { aboutQuery } from "../api/about";
import { viewsQuery } from "../api/views";
import { paths } from "../lib/paths";
import { ErrorBox } from "../parts/ErrorBox";
import { defaultViewId, viewPath } from "../parts/views";

/** An empty store wants its first log; any other wants to be read, by the view that its reader begins with. */
export default function HomePage() {
  const { data: about, error, refetch } = useQuery(aboutQuery);
  const chosen = defaultViewId();
  const views = useQuery({ ...viewsQuery, enabled: chosen !== null });
  if (error) {
    return <ErrorBox title="The server does not answer." error={error} onRetry={() => void refetch()} />;
  }
  if (!about || (chosen !== null && views.isPending)) return null;
  if (about.logs === 0) return <Redirect replace to={paths.welcome} />;
  const view = views.data?.find(({ id }) => id === chosen);
  return <Redirect replace to={view ? viewPath(view) : paths.logs()} />;
}
