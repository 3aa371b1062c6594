import { useQuery } from "@tanstack/react-query";
import { Redirect } from "wouter";
import { aboutQuery } from "../api/about";
import { paths } from "../lib/paths";
import { ErrorBox } from "../parts/ErrorBox";

/** An empty store wants its first log; any other wants to be read. */
export default function HomePage() {
  const { data: about, error, refetch } = useQuery(aboutQuery);
  if (error) {
    return <ErrorBox title="The server does not answer." error={error} onRetry={() => void refetch()} />;
  }
  return about && <Redirect replace to={about.logs === 0 ? paths.welcome : paths.logs()} />;
}
