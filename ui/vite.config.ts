import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { bootScript } from "./plugins/boot-script.ts";
import { mockApi } from "./plugins/mock-api.ts";
import { precompress } from "./plugins/precompress.ts";

export default defineConfig(({ command }) => ({
  // Built files are named relative to <base href>, which the server rewrites for its path prefix.
  base: command === "build" ? "./" : "/ui/",
  plugins: [react(), bootScript(), mockApi(), precompress()],
  build: {
    outDir: "../src/portlog/static",
    emptyOutDir: true,
    // Named by browsers, not years: light-dark(), CSS nesting and :has() are used as they are.
    target: ["chrome123", "firefox121", "safari17.5"],
    // A data: URL in place of a file would need a looser policy for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // A page may share its name with what it shares with others: tests/house/test_ui_build.py tells them apart.
        chunkFileNames: ({ facadeModuleId }) =>
          `assets/${facadeModuleId?.includes("/src/pages/") ? "page-" : ""}[name]-[hash].js`,
      },
    },
    reportCompressedSize: false,
  },
  // The log reader's worker is a file of its own, which the policy lets in.
  worker: { format: "es" },
  server: { port: 5173, proxy: proxy() },
}));

/** With PORTLOG_URL set, the dev server talks to that store instead of the mock. */
function proxy() {
  const target = process.env.PORTLOG_URL;
  return target ? { "/v1": { target, changeOrigin: true } } : undefined;
}
