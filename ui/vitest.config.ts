import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    environment: "happy-dom",
    environmentOptions: { happyDOM: { url: "http://localhost/ui/" } },
    include: ["test/**/*.test.{ts,tsx}"],
    // Times are local on the page; the tests need one that is everywhere the same and not UTC.
    env: { TZ: "Asia/Kolkata" },
  },
});
