import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { queryClient } from "./api/query-client";
import { paths, UI_BASE } from "./lib/paths";
import { Shell } from "./parts/Shell";
import { KeysAhead } from "./ui/useKeys";

const HomePage = lazy(() => import("./pages/home"));
const LogsPage = lazy(() => import("./pages/logs"));
const LogPage = lazy(() => import("./pages/log"));
const TracesPage = lazy(() => import("./pages/traces"));
const TracePage = lazy(() => import("./pages/trace"));
const AnalyticsPage = lazy(() => import("./pages/analytics"));
const GroupsPage = lazy(() => import("./pages/groups"));
const FeedbackPage = lazy(() => import("./pages/feedback"));
const ExportsPage = lazy(() => import("./pages/exports"));
const KeysPage = lazy(() => import("./pages/keys"));
const DiffPage = lazy(() => import("./pages/diff"));
const SettingsPage = lazy(() => import("./pages/settings"));
const WelcomePage = lazy(() => import("./pages/welcome"));
const LoginPage = lazy(() => import("./pages/login"));
const MissingPage = lazy(() => import("./pages/missing"));

/** The map of the dashboard. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Router base={UI_BASE}>
        <Shell>
          <Suspense fallback={<KeysAhead />}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/logs" component={LogsPage} />
              <Route path="/logs/:id" component={LogPage} />
              <Route path="/traces" component={TracesPage} />
              <Route path="/traces/:id" component={TracePage} />
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
          </Suspense>
        </Shell>
      </Router>
    </QueryClientProvider>
  );
}
