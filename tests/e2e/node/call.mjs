// Calls any method of the real Node SDK: the plan comes as JSON on standard input, the SDK's answer or its error goes to standard output.
import { Portkey } from "portkey-ai";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { client, path, args } = JSON.parse(text);

const owner = path.slice(0, -1).reduce((part, name) => part[name], new Portkey(client));
try {
  const answer = await owner[path.at(-1)](...args);
  process.stdout.write(JSON.stringify({ answer }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: { status: error.status, message: error.message } }));
}
