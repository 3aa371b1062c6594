"""LlamaIndex with Portkey's callback handler: a chat, and an index of two documents that is built and asked."""

from llama_index.core import Document, MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from portkey_ai.llamaindex import LlamaIndexCallbackHandler
from report import KEY, LOGS, PROVIDER, report

OPTIONS = {"api_base": f"{PROVIDER}/v1", "api_key": "sk-mock", "max_retries": 0}


def manager(trace_id: str) -> CallbackManager:
    handler = LlamaIndexCallbackHandler(
        api_key=KEY, base_url=f"{LOGS}/v1", metadata={"traceId": trace_id, "_user": "user-42"}
    )
    return CallbackManager([handler])


def llm(callbacks: CallbackManager) -> OpenAI:
    return OpenAI(model="gpt-4o-mini", temperature=0, callback_manager=callbacks, **OPTIONS)


llm(manager("li-chat")).chat([
    ChatMessage(role="system", content="Be terse."),
    ChatMessage(role="user", content="Weather in Paris?"),
])


def ask_an_index(trace_id: str, embedding) -> None:
    callbacks = manager(trace_id)
    Settings.callback_manager = callbacks
    documents = [Document(text="Paris is sunny today."), Document(text="Oslo is cold today.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=embedding, callback_manager=callbacks)
    index.as_query_engine(llm=llm(callbacks), similarity_top_k=2).query("Weather in Paris?")


ask_an_index("li-rag", OpenAIEmbedding(model="text-embedding-3-small", **OPTIONS))
ask_an_index("li-rag-mock", MockEmbedding(embed_dim=3))

report(chat="li-chat", rag="li-rag", rag_mock="li-rag-mock")
