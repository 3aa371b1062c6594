// Vercel's AI SDK with its OpenTelemetry integration: an agent of two steps with a tool, and a stream.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { generateText, isStepCount, registerTelemetry, streamText, tool } from "ai";
import { z } from "zod";
import { agent, PROVIDER, start } from "./telemetry.mjs";

const finish = start("/v1/otel");
registerTelemetry(new OpenTelemetry());
const model = createOpenAI({ baseURL: `${PROVIDER}/v1`, apiKey: "sk-mock" }).chat("gpt-4o-mini");
const asked = { model, maxRetries: 0, instructions: "Be terse.", prompt: "Weather in Paris?" };
const get_weather = tool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: () => "18°C, sunny",
});

const tools = await agent(() => generateText({ ...asked, tools: { get_weather }, stopWhen: isStepCount(3) }));
const stream = await agent(() => streamText(asked).consumeStream());
const error_429 = await agent(() => generateText({ ...asked, prompt: "ERR429" }).catch((error) => console.log(error.name)));
await finish();
console.log(JSON.stringify({ tools, stream, error_429 }));
