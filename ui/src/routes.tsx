import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Route, Router, Switch } from "wouter";
import { queryClient } from "./api/query-client";
import { UI_BASE } from "./lib/paths";
import { Shell } from "./parts/Shell";

const HomePage = lazy(() => import("./pages/home"));
const LogsPage = lazy(() => import("./pages/logs"));
const LogPage = lazy(() => import("./pages/log"));
const WelcomePage = lazy(() => import("./pages/welcome"));
const LoginPage = lazy(() => import("./pages/login"));
const MissingPage = lazy(() => import("./pages/missing"));

/** The map of the dashboard. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Router base={UI_BASE}>
        <Shell>
          <Suspense fallback={null}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/logs" component={LogsPage} />
              <Route path="/logs/:id" component={LogPage} />
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
