/**
 * The handwritten types of the API against those generated from its document. What the server sends must fit what the
 * dashboard reads; `tsc` says so when it does not (`npm run check`), the run below only that the file was looked at.
 */

import { expect, test } from "vitest";
import type { components } from "../src/api/generated/openapi.ts";
import type * as ours from "../src/api/types.ts";

type Sent = components["schemas"];
/** True where a reply may be read as the dashboard's type. */
type Fits<Reply, Read> = [Reply] extends [Read] ? true : { sent: Reply; read: Read };

const fits: [
  Fits<Sent["LogStats"], ours.LogStats>,
  Fits<Sent["LogFacets"], ours.LogFacets>,
  Fits<Sent["LogPage"], ours.Page<unknown>>,
  Fits<Sent["TraceRow"], ours.TraceRow>,
  Fits<Sent["SessionRow"], ours.GroupOfTraces>,
  Fits<Sent["UserRow"], ours.GroupOfTraces>,
  Fits<Sent["ErrorGroup"], ours.ErrorGroup>,
  Fits<Sent["View"], ours.View>,
  Fits<Sent["About"], ours.About>,
  Fits<Sent["Fault"]["message"], ours.QueryFault["message"]>,
  Fits<Sent["ExplainedCost"], ours.ExplainedCost>,
  Fits<Sent["LogRow"], Omit<ours.LogRow, "highlights">>,
  Fits<Sent["Question"], ours.RunningQuestion>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true];

test("what the server sends is what the dashboard reads", () => {
  expect(fits.every(Boolean)).toBe(true);
});
