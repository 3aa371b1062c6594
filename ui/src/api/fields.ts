/** The fields of the query language, and their values in the logs at hand. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { Fields } from "../lib/query/fields";
import { call } from "./client";
import { questionParams, type Asked } from "./question";
import type { LogFacets, Page, QueryField } from "./types";

export const fieldsQuery = queryOptions({
  queryKey: ["fields"] as const,
  queryFn: async ({ signal }) => new Fields((await call<Page<QueryField>>("fields", { signal })).data),
  staleTime: Infinity,
  gcTime: Infinity,
});

/** How many values of a facet are shown at first. */
export const FACET_LIMIT = 8;

/** Values of some fields with their counts; a field's own filter does not narrow its values. */
export function facetsQuery(asked: Asked, fields: string[], limit: number = FACET_LIMIT, search = "") {
  return queryOptions({
    queryKey: ["facets", asked, fields, limit, search] as const,
    queryFn: async ({ signal }) => {
      const query = {
        ...questionParams(asked),
        fields: fields.join(","),
        limit: String(limit),
        search: search || undefined,
      };
      return (await call<LogFacets>("logs/facets", { signal, query })).facets;
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}
