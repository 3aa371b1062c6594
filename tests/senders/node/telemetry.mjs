// OpenTelemetry set up as a Node application does it: exporters that send OTLP as JSON, chunked, to `base` of the server.
import { context, logs, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

export const LOGS = process.env.LOGS_URL;
export const PROVIDER = process.env.PROVIDER_URL;

export function start(base) {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = LOGS + base;
  const resource = resourceFromAttributes({ "service.name": "senders" });
  const spans = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const records = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(spans);
  logs.setGlobalLoggerProvider(records);
  return async () => {
    await spans.shutdown();
    await records.shutdown();
  };
}

// A root span as an application makes it around its calls, with user and session; resolves to the trace's id.
export function agent(work) {
  const attributes = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "weather",
    "user.id": "user-42",
    "session.id": "sess-7",
  };
  return trace.getTracer("app").startActiveSpan("invoke_agent weather", { attributes }, async (span) => {
    await work();
    span.end();
    return span.spanContext().traceId;
  });
}
