"""Portlog: the log store for LLM calls. Start reading in `server.py`, where all parts are joined."""

__version__ = "0.1.0"
