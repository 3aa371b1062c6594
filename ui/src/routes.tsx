import { QueryClientProvider, usePrefetchQuery } from "@tanstack/react-query";
import { useEffect, type ComponentType } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { queryClient } from "./api/query-client";
import { traceQuery } from "./api/traces";
import { useAddress, useLastSegment } from "./lib/address";
import { early } from "./lib/early";
import { paths, UI_BASE } from "./lib/paths";
import { Boundary } from "./parts/Boundary";
import { Shell } from "./parts/Shell";
import { KeysAhead } from "./ui/useKeys";

const loaders: (() => Promise<void>)[] = [];

const HomePage = page(() => import("./pages/home"));
const LogsPage = page(() => import("./pages/logs"));
const LogPage = page(() => import("./pages/log"));
const TracesPage = page(() => import("./pages/traces"));
const TracePage = page(() => import("./pages/trace"));
const AnalyticsPage = page(() => import("./pages/analytics"));
const GroupsPage = page(() => import("./pages/groups"));
const FeedbackPage = page(() => import("./pages/feedback"));
const ExportsPage = page(() => import("./pages/exports"));
const KeysPage = page(() => import("./pages/keys"));
const DiffPage = page(() => import("./pages/diff"));
const SettingsPage = page(() => import("./pages/settings"));
const WelcomePage = page(() => import("./pages/welcome"));
const LoginPage = page(() => import("./pages/login"));
const MissingPage = page(() => import("./pages/missing"));

/** The map of the dashboard. */
export function App() {
  useEffect(loadPagesLater, []);
  return (
    <QueryClientProvider client={queryClient}>
      <Router base={UI_BASE} hook={useAddress}>
        <Shell>
          <Switch>
            <Route path="/" component={HomePage} />
            <Route path="/logs" component={LogsPage} />
            <Route path="/logs/:id" component={LogPage} />
            <Route path="/traces" component={TracesPage} />
            <Route path="/traces/:id" component={TraceAndItsPage} />
            <Route path="/analytics">{() => <Redirect replace to={paths.analytics()} />}</Route>
            <Route path="/analytics/:tab" component={AnalyticsPage} />
            <Route path="/groups">{() => <Redirect replace to={paths.groups()} />}</Route>
            <Route path="/groups/:by" component={GroupsPage} />
            <Route path="/feedback" component={FeedbackPage} />
            <Route path="/exports" component={ExportsPage} />
            <Route path="/keys" component={KeysPage} />
            <Route path="/diff" component={DiffPage} />
            <Route path="/settings">{() => <Redirect replace to={paths.settings()} />}</Route>
            <Route path="/settings/:tab" component={SettingsPage} />
            <Route path="/welcome" component={WelcomePage} />
            <Route path="/login" component={LoginPage} />
            <Route component={MissingPage} />
          </Switch>
        </Shell>
      </Router>
    </QueryClientProvider>
  );
}

/** The largest reply of all is on its way while the page's code comes. */
function TraceAndItsPage() {
  usePrefetchQuery(traceQuery(useLastSegment()));
  return <TracePage />;
}

function page(load: () => Promise<{ default: ComponentType }>): ComponentType {
  const [Page, loadPage] = early(
    async () => (await load()).default,
    () => <KeysAhead />,
  );
  loaders.push(loadPage);
  return function Bounded() {
    const [path] = useLocation();
    return (
      <Boundary what="This page" at={path}>
        <Page />
      </Boundary>
    );
  };
}

/** The page that was asked for comes first. */
const LATER_MS = 3000;

/** One after the other, so that none of them is noticed. */
function loadPagesLater() {
  const later = setTimeout(
    () => void loaders.reduce((before, load) => before.then(load), Promise.resolve()),
    LATER_MS,
  );
  return () => clearTimeout(later);
}
