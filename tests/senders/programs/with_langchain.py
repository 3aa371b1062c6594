"""LangChain with Portkey's callback handler: a chain, a bare call, a completion model, a failure and the run after it."""

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI, OpenAI
from portkey_ai.langchain import LangchainCallbackHandler
from report import KEY, LOGS, PROVIDER, report

OPTIONS = {"base_url": f"{PROVIDER}/v1", "api_key": "sk-mock", "max_retries": 0}


def handler(trace_id: str) -> LangchainCallbackHandler:
    return LangchainCallbackHandler(
        api_key=KEY, base_url=f"{LOGS}/v1", metadata={"traceId": trace_id, "_user": "user-42", "_session": "sess-7"}
    )


def chain(llm, callback):
    prompt = ChatPromptTemplate.from_messages([("system", "Be terse."), ("user", "{question}")])
    return (prompt | llm | StrOutputParser()).with_config({"callbacks": [callback], "run_name": "weather-chain"})


llm = ChatOpenAI(model="gpt-4o-mini", temperature=0, **OPTIONS)
chain(llm, handler("lc-chain")).invoke({"question": "Weather in Paris?"})
llm.invoke("Weather in Paris?", config={"callbacks": [handler("lc-bare")]})
OpenAI(model="gpt-3.5-turbo-instruct", **OPTIONS).invoke(
    "Weather in Paris?", config={"callbacks": [handler("lc-completion")]}
)
chain(ChatOpenAI(model="gpt-4o-mini", streaming=True, **OPTIONS), handler("lc-stream")).invoke({"question": "Paris?"})

used_twice = handler("lc-after-error")
try:
    chain(llm, used_twice).invoke({"question": "ERR429"})
except Exception as error:  # noqa: BLE001 - the client's own; that it came is the point
    print(type(error).__name__)
chain(llm, used_twice).invoke({"question": "Weather in Paris?"})

names = ("lc-chain", "lc-bare", "lc-completion", "lc-stream", "lc-after-error")
report(**{name.removeprefix("lc-").replace("-", "_"): name for name in names})
