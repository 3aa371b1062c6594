// Sends logs with the real Node SDK: the plan comes as JSON on standard input, the SDK's answer goes to standard output.
import { Portkey } from "portkey-ai";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { client, log, params } = JSON.parse(text);

const answer = await new Portkey(client).logs.create(log, params);
const headers = answer.getHeaders?.();
process.stdout.write(JSON.stringify({ ...answer, headers }));
