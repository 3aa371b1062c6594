"""Who calls, and what they may do (contract 1.3, decision A2).

A key comes in `x-portkey-api-key`; only if that is absent or empty, as `Authorization: Bearer`, or as the password or
name of `Authorization: Basic`; the dashboard comes with a session cookie that stands for a key. Without keys
(loopback), only programs of this machine are answered: a page of a foreign web site that reaches us through the
user's browser is refused by its Host or Origin.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from portlog.catalog import ALL_SCOPES, DEFAULT_WORKSPACE, ApiKey, Catalog
from portlog.errors import PortlogError, StartError
from portlog.settings import Settings

SESSION_COOKIE = "portlog_session"
_LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "[::1]"))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the workspace and scopes of a key, or everyone's on a server without keys."""

    workspace: str
    api_key_id: str
    scopes: tuple[str, ...]
    session: bool = False


ANYONE = Caller(workspace=DEFAULT_WORKSPACE, api_key_id="", scopes=ALL_SCOPES)


def is_loopback(host: str) -> bool:
    """True for `localhost` and addresses that no other machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def keys_needed(settings: Settings) -> bool:
    """`auto` asks for keys on every address but loopback."""
    return settings.auth == "on" or (settings.auth == "auto" and not is_loopback(settings.host))


def refuse_open_start(settings: Settings, catalog: Catalog) -> None:
    """Raise StartError when the address is public and there is no key that anyone could send."""
    if keys_needed(settings) and not catalog.has_keys():
        why = "--auth is on" if settings.auth == "on" else f"{settings.host} can be reached by others"
        raise StartError(
            f"{why} and {settings.data} holds no key. Make one with "
            f"`portlog keys create NAME --data {settings.data}`, or start with --auth off if everyone may read and write"
        )


class Auth:
    """Finds out who calls, by key, session cookie, or none; refuses those who may not."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.keys_needed = keys_needed(settings)
        self._catalog = catalog
        self._hosts = _LOOPBACK_NAMES | {h.strip().lower() for h in settings.allowed_hosts.split(",") if h.strip()}
        # `--auth off` on a public address is the operator's word that anyone may call; names say nothing then.
        self._check_names = not self.keys_needed and is_loopback(settings.host)

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """The caller of a request.

        raises  PortlogError key-required, key-unknown, origin-refused
        """
        if self._check_names:
            self._refuse_foreign_names(headers)
        texts = sent_keys(headers)
        for text in texts:
            if key := self._catalog.find_key(text):
                return _caller(key)
        if session := self._session(headers):
            return session
        if not self.keys_needed:
            return ANYONE
        if texts:
            raise PortlogError("key-unknown", "the API key is not known, or revoked")
        raise PortlogError("key-required", "an API key is required")

    def _session(self, headers: Mapping[str, str]) -> Caller | None:
        token = session_token(headers)
        key = self._catalog.find_session(token) if token else None
        if key is None or _is_foreign_origin(headers):
            return None
        return _caller(key, session=True)

    def _refuse_foreign_names(self, headers: Mapping[str, str]) -> None:
        host = _without_port(headers.get("host", ""))
        if host and host not in self._hosts:
            raise PortlogError("origin-refused", f"this server does not answer to the host name {host[:80]!r}")
        if _is_foreign_origin(headers):
            raise PortlogError("origin-refused", "a page of another origin may not call this server")


def demand(caller: Caller, scope: str) -> None:
    """Raise scope-missing unless the caller has `scope`; "" demands nothing."""
    if scope and scope not in caller.scopes:
        raise PortlogError("scope-missing", f"the API key lacks the scope {scope}")


def sent_keys(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The key texts of a request, the likeliest first; several only of a name and password (Langfuse: `pk:sk`)."""
    key = headers.get("x-portkey-api-key", "").strip()
    if key:
        return (key,)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() == "bearer" and token:
        return (token,)
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return ()
        return tuple(text for text in (password, name) if text)
    return ()


def session_token(headers: Mapping[str, str]) -> str:
    """Return the token of the dashboard's session cookie, or ""."""
    for member in headers.get("cookie", "").split(";"):
        name, _, value = member.strip().partition("=")
        if name == SESSION_COOKIE:
            return value
    return ""


def _caller(key: ApiKey, *, session: bool = False) -> Caller:
    return Caller(workspace=key.workspace, api_key_id=key.id, scopes=key.scopes, session=session)


def _without_port(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _is_foreign_origin(headers: Mapping[str, str]) -> bool:
    """A browser names the page's origin; it must be the one that it calls."""
    origin = headers.get("origin", "")
    if not origin:
        return False
    return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
