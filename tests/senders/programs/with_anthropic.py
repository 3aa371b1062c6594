"""Anthropic's SDK, which makes spans itself, under OpenLLMetry's instrumentor, which makes them too: each call twice."""

from anthropic import Anthropic
from report import PROVIDER, report
from telemetry import QUESTION, SYSTEM, TOOLS, agent, refused, start, tool

spans, records = start()
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

AnthropicInstrumentor().instrument()

client = Anthropic(base_url=PROVIDER, api_key="sk-mock", max_retries=0)
function = TOOLS[0]["function"]
TOOL = {"name": function["name"], "description": function["description"], "input_schema": function["parameters"]}
traces: dict[str, str] = {}


def ask(*messages: dict, **more):
    return client.messages.create(
        model="claude-sonnet-4-5", max_tokens=200, system=SYSTEM["content"], messages=list(messages or (QUESTION,)), **more
    )


with agent(traces, "tools"):
    said = ask(tools=[TOOL])
    (use,) = [part for part in said.content if part.type == "tool_use"]
    with tool(use.name, use.id, use.input):
        result = {"type": "tool_result", "tool_use_id": use.id, "content": "18°C, sunny"}
    content = [part.model_dump(exclude_none=True) for part in said.content]
    ask(QUESTION, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}, tools=[TOOL])
with agent(traces, "stream"):
    for _ in ask(stream=True):
        pass
with agent(traces, "error_429"):
    refused(lambda: ask({"role": "user", "content": "ERR429"}))

spans.shutdown()
records.shutdown()
report(**traces)
