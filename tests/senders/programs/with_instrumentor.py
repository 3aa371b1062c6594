"""OpenAI's SDK under the instrumentor that the command line names, exporting OTLP protobuf: the same scenarios for each."""

import os
import sys

NAME = sys.argv[1]
if NAME == "genai":
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = sys.argv[2]

import json

from openai import OpenAI
from report import PROVIDER, report
from telemetry import QUESTION, SYSTEM, TOOLS, agent, refused, start, tool

spans, records = start()
if NAME in ("openllmetry", "openllmetry_events"):
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor
elif NAME == "openinference":
    from openinference.instrumentation.openai import OpenAIInstrumentor
else:
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
options = {"use_legacy_attributes": False} if NAME == "openllmetry_events" else {}
OpenAIInstrumentor(**options).instrument()

client = OpenAI(base_url=f"{PROVIDER}/v1", api_key="sk-mock", max_retries=0)
traces: dict[str, str] = {}


def chat(*messages: dict, **more):
    return client.chat.completions.create(model="gpt-4o-mini", messages=[SYSTEM, *(messages or (QUESTION,))], **more)


with agent(traces, "tools"):
    asked = chat(tools=TOOLS).choices[0].message
    (call,) = asked.tool_calls
    with tool(call.function.name, call.id, json.loads(call.function.arguments)):
        result = {"role": "tool", "tool_call_id": call.id, "content": "18°C, sunny"}
    chat(QUESTION, asked.model_dump(exclude_none=True), result, tools=TOOLS)
with agent(traces, "stream"):
    for _ in chat(stream=True, stream_options={"include_usage": True}):
        pass
with agent(traces, "embedding"):
    client.embeddings.create(model="text-embedding-3-small", input=["Paris"])
with agent(traces, "responses"):
    client.responses.create(model="gpt-5-mini", instructions="Be terse.", input="Weather in Paris?")
for status in (429, 500):
    with agent(traces, f"error_{status}"):
        refused(lambda status=status: chat({"role": "user", "content": f"ERR{status}"}))

spans.shutdown()
records.shutdown()
report(**traces)
