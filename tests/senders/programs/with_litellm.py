"""litellm with its `generic_api` callback: success, stream, embedding, failure; arrays, then single objects, then lines."""

import asyncio
import os

from report import KEY, LOGS, PROVIDER, report

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or its import asks the network for prices
os.environ["GENERIC_LOGGER_ENDPOINT"] = f"{LOGS}/v1/logs"
os.environ["GENERIC_LOGGER_HEADERS"] = f"x-portkey-api-key={KEY}"

import litellm
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger

OPTIONS = {"api_base": f"{PROVIDER}/v1", "api_key": "sk-mock", "num_retries": 0, "max_retries": 0}
MESSAGES = [{"role": "system", "content": "Be terse."}, {"role": "user", "content": "Weather in Paris?"}]


def named(trace_id: str) -> dict:
    return {"metadata": {"trace_id": trace_id, "tags": ["paris"]}, "user": "user-42"}


async def chat(trace_id: str, text: str = "", **more) -> None:
    messages = [{"role": "user", "content": text}] if text else MESSAGES
    answer = await litellm.acompletion(model="openai/gpt-4o-mini", messages=messages, **named(trace_id), **OPTIONS, **more)
    if more.get("stream"):
        async for _ in answer:
            pass


async def sent(logger: GenericAPILogger, count: int) -> None:
    """Post what the callback has gathered, once it has `count`: litellm calls it behind the answer."""
    for _ in range(400):
        if len(logger.log_queue) >= count:
            break
        await asyncio.sleep(0.01)
    await logger.async_send_batch()


async def main() -> None:
    logger = GenericAPILogger()
    litellm.callbacks = [logger]
    await chat("ll-chat")
    await chat("ll-stream", stream=True, stream_options={"include_usage": True})
    await litellm.aembedding(
        model="openai/text-embedding-3-small", input=["Paris"], **named("ll-embedding"), **OPTIONS
    )
    await litellm.acompletion(
        model="anthropic/claude-sonnet-4-5", messages=MESSAGES, **named("ll-anthropic"),
        **OPTIONS | {"api_base": PROVIDER},
    )  # fmt: skip
    for status in (429, 500):
        try:
            await chat(f"ll-error-{status}", f"ERR{status}")
        except Exception as error:  # noqa: BLE001 - the client's own; that it came is the point
            print(type(error).__name__)
    await sent(logger, 6)
    for form in ("single", "ndjson"):
        logger.log_format = form
        await asyncio.gather(chat(f"ll-{form}-1"), chat(f"ll-{form}-2"))
        await sent(logger, 2)


asyncio.run(main())
names = ("chat", "stream", "embedding", "anthropic", "error-429", "error-500", "single-1", "single-2", "ndjson-1",
         "ndjson-2")  # fmt: skip
report(**{name.replace("-", "_"): f"ll-{name}" for name in names})
