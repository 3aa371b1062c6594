// OpenTelemetry's own exporters: a call with its content on the span, one with it in a log record, one that failed.
import { logs, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { agent, start } from "./telemetry.mjs";

const finish = start("/v1/otel");
const asked = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o-mini",
};
const answered = {
  "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
  "gen_ai.usage.input_tokens": 120,
  "gen_ai.usage.output_tokens": 24,
};
const messages = [{ role: "user", parts: [{ type: "text", content: "Weather in Paris?" }] }];
const answer = [{ role: "assistant", parts: [{ type: "text", content: "It is 18°C." }], finish_reason: "stop" }];

const chat = (work) =>
  trace
    .getTracer("app", "1.2.3")
    .startActiveSpan("chat gpt-4o-mini", { kind: SpanKind.CLIENT, attributes: asked }, (span) => {
      work(span);
      span.end();
    });

const spans = await agent(() => {
  chat((span) =>
    span.setAttributes({
      ...answered,
      "gen_ai.input.messages": JSON.stringify(messages),
      "gen_ai.output.messages": JSON.stringify(answer),
    }),
  );
  chat((span) => {
    span.setAttributes(answered);
    logs.getLogger("app").emit({
      eventName: "gen_ai.client.inference.operation.details",
      attributes: { ...asked, "gen_ai.input.messages": messages, "gen_ai.output.messages": answer },
    });
  });
  chat((span) => {
    span.recordException(new RangeError("Rate limit reached"));
    span.setAttribute("error.type", "429");
    span.setStatus({ code: SpanStatusCode.ERROR, message: "Rate limit reached" });
  });
});
await finish();
console.log(JSON.stringify({ spans }));
