/** What graphs are split and requests are grouped by: our word, the API's dimension, the query's field. */

export interface Dimension {
  /** In our URLs. */
  id: string;
  label: string;
  /** In the API's paths and parameters; the name under which the value stands. */
  dimension: string;
  /** In the query language; null: cannot be filtered for. */
  field: string | null;
}

const DIMENSIONS: readonly Dimension[] = [
  { id: "model", label: "Model", dimension: "model", field: "model" },
  { id: "user", label: "User", dimension: "user", field: "user" },
  { id: "session", label: "Session", dimension: "session", field: "session" },
  { id: "provider", label: "Provider", dimension: "provider", field: "provider" },
  { id: "status", label: "Status", dimension: "status_code", field: "status" },
  { id: "key", label: "API key", dimension: "api_key", field: "key" },
  { id: "config", label: "Config", dimension: "config", field: "config" },
  { id: "prompt", label: "Prompt", dimension: "prompt", field: "prompt" },
  { id: "workspace", label: "Workspace", dimension: "workspace", field: "workspace" },
];

const METADATA = "metadata:";

/** Of an id such as "model" or "metadata:team"; null when there is none. */
export function dimensionOf(id: string): Dimension | null {
  if (id.startsWith(METADATA) && id.length > METADATA.length) {
    const key = id.slice(METADATA.length);
    return { id, label: key, dimension: `metadata.${key}`, field: `metadata.${key}` };
  }
  return DIMENSIONS.find((each) => each.id === id) ?? null;
}

/** What can be chosen: the fixed ones, and the metadata's keys. */
export function dimensions(metadataKeys: readonly string[]): Dimension[] {
  return [...DIMENSIONS, ...metadataKeys.flatMap((key) => dimensionOf(METADATA + key) ?? [])];
}
