// Calls `logs.exports` of the real Node SDK: the calls come as JSON on standard input, the SDK's answers go to standard output.
import { Portkey } from "portkey-ai";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { client, calls } = JSON.parse(text);

const portkey = new Portkey(client);
const answers = [];
for (const [method, argument] of calls) {
  try {
    const answer = await portkey.logs.exports[method](argument);
    answers.push({ ...answer });
  } catch (error) {
    answers.push({ failed: error.message, status: error.status });
  }
}
process.stdout.write(JSON.stringify(answers));
