/** "Only this value", or "not this value": what cells, facets and the panel ask the filter for. */
export interface ValueFilter {
  /** A field of the query language: "user", "trace", "metadata.environment". */
  field: string;
  value: string;
  /** Not this value. */
  out?: boolean;
}
