import { runnerImport, type Connect, type Plugin } from "vite";

/** The policy the real server sends; `npm run preview` sends it too, so that a breach shows early. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Serves `mock/` under /v1 in dev and preview, unless PORTLOG_URL names a real store. */
export function mockApi(): Plugin {
  const middleware = async (): Promise<Connect.NextHandleFunction | null> => {
    if (process.env.PORTLOG_URL) return null;
    // Loaded here and not above: a build must not need the mock.
    const { module } = await runnerImport<typeof import("../mock/handler")>("./mock/handler.ts");
    return module.mockHandler();
  };
  return {
    name: "portlog:mock-api",
    async configureServer(server) {
      const handle = await middleware();
      if (handle) server.middlewares.use(handle);
    },
    async configurePreviewServer(server) {
      server.middlewares.use((_request, response, next) => {
        response.setHeader("Content-Security-Policy", POLICY);
        next();
      });
      const handle = await middleware();
      if (handle) server.middlewares.use(handle);
    },
  };
}
