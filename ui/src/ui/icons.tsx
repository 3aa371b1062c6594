/** Our own few icons: 16 px, 1.5 px strokes, always beside or under a name. */

const PATHS = {
  logs: "M2.5 4h11M2.5 8h11M2.5 12h7",
  traces: "M2.5 3.5h7M5 8h8.5M7.5 12.5h4",
  analytics: "M2.5 13.5v-11M2.5 13.5h11M5.5 11V8M8.5 11V5M11.5 11V7",
  groups: "M2.5 3h11v10h-11zM2.5 6.3h11M6.5 6.3V13",
  feedback: "M2.5 3h11v8h-6l-3 2.5V11h-2z",
  exports: "M8 2.5v7M5 7l3 3 3-3M2.5 13.5h11",
  key: "M6 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8.2 7.8 13.5 2.5M11 5l2 2",
  settings: "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3",
  collapse: "M2.5 3h11v10h-11zM6 3v10M11 6 9 8l2 2",
  expand: "M2.5 3h11v10h-11zM6 3v10M9 6l2 2-2 2",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  live: "M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 11.5a5 5 0 0 1 0-7M11.5 4.5a5 5 0 0 1 0 7",
  views: "M4 2.5h8v11l-4-3-4 3z",
  facets: "M2.5 3.5h3M2.5 8h3M2.5 12.5h3M8 3.5h5.5M8 8h5.5M8 12.5h5.5",
  star: "m8 2.5 1.7 3.6 3.8.5-2.8 2.7.7 3.9L8 11.3l-3.4 1.9.7-3.9-2.8-2.7 3.8-.5z",
  pin: "M8 9.5v4M4.5 9.5h7L10 7V2.5H6V7z",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  send: "M2.5 8h10M9 4.5 12.5 8 9 11.5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14",
  close: "m4 4 8 8M12 4l-8 8",
  down: "m4 6.5 4 4 4-4",
  right: "m6.5 4 4 4-4 4",
  left: "m9.5 4-4 4 4 4",
  up: "m4 9.5 4-4 4 4",
  plus: "M8 3v10M3 8h10",
  reload: "M13 8a5 5 0 1 1-1.6-3.7M13.5 2v3h-3",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "m3 8.5 3.3 3.3L13 5",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  without: "M2.5 4h11M4.5 8h4M6.5 12h1M10 9l4 4M14 9l-4 4",
  open: "M9 2.5h4.5V7M13.5 2.5 8 8M6 3.5H2.5v10h10V10",
  system: "M2 3h12v8H2zM5.5 13.5h5",
  light:
    "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  dark: "M13 9.6A5.5 5.5 0 1 1 6.4 3 4.4 4.4 0 0 0 13 9.6Z",
  good: "M5 7.5 8 2.5c1 0 1.5.7 1.3 1.7l-.4 2.3h3.6c.8 0 1.3.7 1.1 1.5l-1 4c-.2.6-.6 1-1.2 1H5zM2.5 7.5H5V13H2.5z",
  bad: "M5 8.5l3 5c1 0 1.5-.7 1.3-1.7l-.4-2.3h3.6c.8 0 1.3-.7 1.1-1.5l-1-4c-.2-.6-.6-1-1.2-1H5zM2.5 8.5H5V3H2.5z",
  keys: "M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6",
  leave: "M9.5 2.5h-7v11h7M6.5 8h7M11 5.5 13.5 8 11 10.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
