import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./tokens.css";
import "./base.css";
import { NotLoaded } from "./lib/early";
import { App } from "./routes";

const root = document.getElementById("root");
if (root) {
  createRoot(root, { onCaughtError }).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

/** What a boundary shows, the console tells too, in full; of code that does not arrive the browser has told itself. */
function onCaughtError(error: unknown, { componentStack }: { componentStack?: string | undefined }) {
  if (!(error instanceof NotLoaded)) console.error(error, componentStack);
}
