import MarkdownIt from "markdown-it";
import { useMemo } from "react";
import { pieces } from "../lib/hostile";
import { highlight } from "../lib/highlight";
import { hostOf } from "../lib/links";
import styles from "./Markdown.module.css";

/**
 * Markdown of a log. The only innerHTML of the dashboard: raw HTML is off, every text and attribute is
 * escaped, images become links one may choose to open, links say where they lead.
 */
export default function Markdown({ text }: { text: string }) {
  const html = useMemo(() => renderer.render(text), [text]);
  return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}

const renderer = new MarkdownIt({ html: false, linkify: false, breaks: true });
const { escapeHtml } = renderer.utils;

// Only what opens in a browser tab or a mail program; data: and javascript: never become links.
renderer.validateLink = (url) => /^(https?:|mailto:)/i.test(url);

const safe = (text: string) =>
  pieces(text)
    .map(({ text: shown, hidden }) =>
      hidden
        ? `<span class="${styles.hidden ?? ""}" title="${escapeHtml(hidden)}">${escapeHtml(shown)}</span>`
        : escapeHtml(shown),
    )
    .join("");

const anchor = (href: string) =>
  `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer" title="${escapeHtml(href)}">`;

const code = (text: string) =>
  highlight(text)
    .map((token) => `<span class="${styles[token.kind] ?? ""}">${safe(token.text)}</span>`)
    .join("");

/** An attribute of a token as text; markdown-it types some as numbers. */
const attribute = (token: { attrGet: (name: string) => string | number | null } | undefined, name: string) =>
  String(token?.attrGet(name) ?? "");

const { rules } = renderer.renderer;
rules.text = (tokens, index) => safe(tokens[index]?.content ?? "");
rules.code_inline = (tokens, index) => `<code>${safe(tokens[index]?.content ?? "")}</code>`;
rules.code_block = rules.fence = (tokens, index) =>
  `<pre tabindex="0"><code>${code(tokens[index]?.content ?? "")}</code></pre>`;
rules.link_open = (tokens, index) => anchor(attribute(tokens[index], "href"));
rules.link_close = (tokens, index) => {
  const open = tokens.slice(0, index).findLast((token) => token.type === "link_open");
  const host = hostOf(attribute(open, "href"));
  return `</a>${host ? ` <span class="${styles.host ?? ""}">(${safe(host)})</span>` : ""}`;
};
rules.image = (tokens, index) => {
  const token = tokens[index];
  const src = attribute(token, "src");
  const name = safe(token?.content || "image");
  const host = hostOf(src);
  return host ? `${anchor(src)}${name}: load from ${safe(host)}</a>` : name;
};
// Headings of a message must not break into the page's own outline.
rules.heading_open = () => `<p class="${styles.heading ?? ""}">`;
rules.heading_close = () => "</p>";
// A table scrolls in its own box.
rules.table_open = () => `<div class="${styles.table ?? ""}" tabindex="0"><table>`;
rules.table_close = () => "</table></div>";
// Column alignment would come as a style attribute, which the policy forbids.
rules.th_open = () => "<th>";
rules.td_open = () => "<td>";
