import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const SOURCE = "src/boot/theme.js";

/**
 * Puts the theme script into <head> as a blocking file: an inline script would need a hole in the
 * policy, a module would run after the first paint.
 */
export function bootScript(): Plugin {
  let reference: string | undefined;
  return {
    name: "portlog:boot-script",
    buildStart() {
      if (this.environment.mode !== "build") return;
      reference = this.emitFile({ type: "asset", name: "theme.js", source: readFileSync(SOURCE, "utf8") });
    },
    transformIndexHtml: {
      order: "post",
      handler: (html, context) => {
        const built = Object.values(context.bundle ?? {}).find(
          (file) => file.type === "asset" && file.names.includes("theme.js"),
        );
        const src = reference && built ? `./${built.fileName}` : `./${SOURCE}`;
        return html.replace("<!-- theme -->", `<script src="${src}"></script>`);
      },
    },
  };
}
