// Calls every method of the real Node SDK's analytics: the query comes as JSON on standard input, answers by method go to standard output.
import { Portkey } from "portkey-ai";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { client, query, metadataKey, groupBy, groupQuery } = JSON.parse(text);

const { analytics } = new Portkey(client);
const leading = { metadata: [metadataKey], groupedData: [groupBy] };
const answers = {};
for (const part of ["graphs", "groups", "summary"]) {
  for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(analytics[part]))) {
    if (method === "constructor") continue;
    const asked = method === "groupedData" ? { ...query, ...groupQuery } : query;
    answers[`${part}.${method}`] = await analytics[part][method](...(leading[method] ?? []), asked);
  }
}
process.stdout.write(JSON.stringify(answers));
