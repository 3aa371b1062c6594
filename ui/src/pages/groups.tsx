import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { groupsQuery } from "../api/analytics";
import { facetsQuery } from "../api/fields";
import { askedAt } from "../api/question";
import { useLastSegment } from "../lib/address";
import { dimensionOf, dimensions } from "../lib/graphs/dimensions";
import { groupOrder, turnedOrder } from "../lib/graphs/order";
import { plural } from "../lib/numbers";
import { visible } from "../lib/hostile";
import { paths } from "../lib/paths";
import { isLong } from "../lib/time";
import { groupsState } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { GROUP_COLUMNS, GroupTable } from "../parts/GroupTable";
import { QueryBar } from "../parts/QueryBar";
import { problemOf } from "../parts/server-problem";
import { useShortcuts } from "../parts/shortcuts";
import { Skeleton } from "../parts/Skeleton";
import { usePageQuestion } from "../parts/usePageState";
import { Waiting } from "../parts/Waiting";
import { Button } from "../ui/Button";
import styles from "./analytics.module.css";

const SIZE = 50;
const COLUMNS = GROUP_COLUMNS.map(({ id }) => id);

/** Requests by the values of one dimension. `order` is a column, "+" before it turns it round. */
export default function GroupsPage() {
  const [, navigate] = useLocation();
  const chosen = useLastSegment();
  const { state, problems, now, ask, update, reload } = usePageQuestion(groupsState);
  const [page, setPage] = useState(0);
  const client = useQueryClient();
  const { q, from, to } = state;
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const dimension = dimensionOf(chosen) ?? dimensionOf("model");
  const by = dimension?.dimension ?? "model";
  const { column: orderBy, ascending } = groupOrder(state.order ?? "requests");
  const { data: facets } = useQuery(facetsQuery(asked, ["metadata"]));
  const keys = (facets ?? []).map(({ field }) => field.replace(/^metadata\./, ""));
  const groups = useQuery({
    ...groupsQuery(asked, {
      dimension: by,
      columns: [...COLUMNS, "last_seen"],
      orderBy,
      ascending,
      page,
      size: SIZE,
    }),
    enabled: problems.length === 0,
  });
  const dimensionTo = (id: string) => {
    setPage(0);
    navigate(paths.groups(id, { q, from, to }));
  };
  useShortcuts(
    "page",
    dimensions([])
      .slice(0, 9)
      .map(({ id, label }, index) => ({
        keys: [String(index + 1)],
        does: `by ${label}`,
        run: () => dimensionTo(id),
      })),
  );
  if (!dimension) return null;
  const refusal = problemOf(groups.error);
  const total = groups.data?.total ?? 0;
  return (
    <div className={styles.page}>
      <title>{`${dimension.label} · Groups · Portlog`}</title>
      <div className={styles.head}>
        <h1 className="visually-hidden">Groups</h1>
        <QueryBar
          question={state}
          now={now}
          problems={problems}
          error={groups.error}
          onChange={(patch) => {
            setPage(0);
            ask(patch);
          }}
          onReload={reload}
        >
          <label className={styles.choice}>
            By
            <select value={dimension.id} onChange={({ target }) => dimensionTo(target.value)}>
              {[...dimensions(keys), dimension]
                .filter(({ id }, index, all) => all.findIndex((each) => each.id === id) === index)
                .map(({ id, label }) => (
                  <option key={id} value={id}>
                    {visible(label)}
                  </option>
                ))}
            </select>
          </label>
        </QueryBar>
      </div>
      <div className={styles.body}>
        {problems.length === 0 && (
          <Waiting
            query={groups}
            path={`analytics/groups/${by}`}
            onStop={() => void client.cancelQueries({ queryKey: ["groups"] })}
            onNarrow={isLong(from) ? () => ask({ from: "-1h", to: null }) : null}
          />
        )}
        {groups.error && !refusal && (
          <ErrorBox
            title="The groups could not be loaded."
            error={groups.error}
            onRetry={() => void groups.refetch()}
          />
        )}
        {groups.isPending && groups.isFetching && <Skeleton />}
        {groups.data && groups.data.data.length === 0 && <p>No requests match.</p>}
        {groups.data && groups.data.data.length > 0 && (
          <>
            <GroupTable
              dimension={dimension}
              rows={groups.data.data}
              columns={COLUMNS}
              asked={asked}
              order={orderBy}
              ascending={ascending}
              stale={groups.isPlaceholderData}
              onOrder={(column) => {
                setPage(0);
                update({ order: turnedOrder(column, orderBy, ascending) });
              }}
            />
            <p className={styles.choice}>
              {plural(total, "group")}
              <Button disabled={page === 0} onClick={() => setPage(page - 1)}>
                Before
              </Button>
              <Button disabled={(page + 1) * SIZE >= total} onClick={() => setPage(page + 1)}>
                Next
              </Button>
            </p>
          </>
        )}
      </div>
    </div>
  );
}
