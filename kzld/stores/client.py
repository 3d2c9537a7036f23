"""HTTP to other people's servers: credentials, retries, limits, and failures in one line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kzld.errors import EndpointError

if TYPE_CHECKING:
    import requests

Params = Mapping[str, str | list[str]]
Body = bytes | IO[bytes]

_PIECE = 1 << 16
_LONGEST_COMPLAINT = 300
_BUSY = (429, 503)
_LONGEST_WAIT = 60  # seconds that a busy server may ask for


@dataclass(frozen=True)
class Reply:
    """A server's answer, with its body still to be read.

    Attributes:
        status: the HTTP status.
        kind: the media type of the body, without parameters.
        headers: the headers by name, case-insensitive.
    """

    status: int
    kind: str
    headers: Mapping[str, str]
    _raw: requests.Response
    _client: Client
    _deadline: float

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece.

        Raises:
            EndpointError: the body exceeds the timeout or the size limit, or breaks off.
        """
        size = 0
        with self._client.translate_errors():
            while piece := self._raw.raw.read1(_PIECE, decode_content=True):
                size += len(piece)
                if size > self._client.limit:
                    raise self._client.error(
                        f"sent more than {self._client.limit:,} bytes; nothing was kept"
                    )
                if time.monotonic() > self._deadline:
                    raise TimeoutError
                yield piece
            self._raw.raw.read(1)  # raises if fewer bytes came than were announced

    def body(self) -> bytes:
        """The whole body.

        Raises:
            EndpointError: as `pieces`.
        """
        return b"".join(self.pieces())


class Client:
    """An HTTP client for one server, to be used by one thread at a time.

    Credentials come from the environment, `KZLD_USER` with `KZLD_PASSWORD` or `KZLD_TOKEN`
    (a bearer token), or from the user's netrc file. They are sent to this server only:
    redirects are not followed. Digest authentication is used if the server asks for it.

    Attributes:
        address: the server's address as the user typed it; error messages begin with it.
        timeout: seconds for a whole answer.
        limit: the largest size of an answer, in bytes.
    """

    def __init__(
        self, address: str, *, timeout: float = 60.0, limit: int = 1_000_000_000, retries: int = 0
    ) -> None:
        """Check the address and look for credentials; nothing is sent yet.

        Args:
            address: `http://…` or `https://…`.
            timeout: seconds to wait for a whole answer.
            limit: the largest size of an answer, in bytes.
            retries: how often to repeat a request, with growing pauses or as Retry-After
                says, while the server is busy (429, 503).

        Raises:
            EndpointError: the address is not one of HTTP, or has a password in it.
        """
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3 import Retry

        if not address.startswith(("http://", "https://")):
            raise EndpointError(
                f"{address} is not the address of an endpoint; it begins with http(s)://"
            )
        with suppress(ValueError):  # not an address; its use raises an error
            if "@" in urlsplit(address).netloc:
                raise EndpointError(
                    "an address is no place for a password; "
                    "set KZLD_USER and KZLD_PASSWORD, or use a netrc file"
                )
        self.address, self.timeout, self.limit = address, timeout, limit
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "kzld"
        again = Retry(
            retries, connect=0, read=0, other=0, redirect=0, allowed_methods=None,
            status_forcelist=_BUSY, backoff_factor=0.5, raise_on_status=False,
            retry_after_max=_LONGEST_WAIT,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))
        self._password = _credentials(address)
        if token := os.environ.get("KZLD_TOKEN"):
            self._session.headers["Authorization"] = f"Bearer {token}"
            self._session.trust_env = False  # or netrc would replace the token
        else:
            self._session.auth = self._password
        self._sender = ThreadPoolExecutor(1)

    @contextmanager
    def send(
        self,
        method: str,
        address: str,
        *,
        body: Body | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Reply]:
        """Send a request; within the context, the answer of any status can be read.

        Args:
            method: `GET`, `POST`, `PUT` …
            address: an address of the same server.
            body: bytes, or a file that can be read again from its start.
            params: parameters to add to the address.
            headers: the headers of the request.

        Raises:
            EndpointError: the server cannot be reached, does not answer in time, or does
                not answer in HTTP.
        """
        deadline = time.monotonic() + self.timeout
        with self.translate_errors():
            raw = self._answer(method, address, body, params, headers)
        with closing(raw):
            kind = raw.headers.get("Content-Type", "application/octet-stream")
            kind = kind.partition(";")[0].strip().lower()
            yield Reply(raw.status_code, kind, raw.headers, raw, self, deadline)

    def _answer(
        self,
        method: str,
        address: str,
        body: Body | None,
        params: Params | None,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        """The answer with its headers, within the timeout.

        The timeout of a socket is for each piece of an answer: a server that sends a byte
        now and then could hold us up for ever. So another thread waits for it.
        """

        def ask() -> requests.Response:
            return self._session.request(
                method, address, data=body, params=params, headers=headers, stream=True,
                timeout=self.timeout, allow_redirects=False,
            )  # fmt: skip

        try:
            raw = self._sender.submit(ask).result(self.timeout)
            while raw.status_code == 401 and (auth := self._other_auth(raw)):  # noqa: PLR2004
                raw.close()
                if not isinstance(body, bytes | None):
                    body.seek(0)
                self._session.auth = auth
                raw = self._sender.submit(ask).result(self.timeout)
        except TimeoutError:
            self._sender.shutdown(wait=False)
            self._sender = ThreadPoolExecutor(1)
            raise
        return raw

    def _other_auth(self, refusal: requests.Response) -> Callable[[Any], Any] | None:
        """Another way to send the password, if the server names one.

        Virtuoso names one only if the request carries no credentials.
        """
        from requests.auth import HTTPDigestAuth

        if not self._password:
            return None
        wanted = refusal.headers.get("WWW-Authenticate", "")
        if wanted.startswith("Digest"):
            auth, self._password = HTTPDigestAuth(*self._password), None
            return auth
        if not wanted and "Authorization" in refusal.request.headers:
            return lambda request: request
        return None

    def expect(self, reply: Reply, *statuses: int) -> Reply:
        """The answer, if it has one of these statuses.

        Raises:
            EndpointError: it has another status; the message quotes the server's reason.
        """
        if reply.status in statuses:
            return reply
        problem = f"answered {reply.status} {reply._raw.reason or ''}".rstrip()  # noqa: SLF001
        if moved := reply.headers.get("Location"):
            raise self.error(f"{problem}: ask {moved}", reply.status)
        detail = ""
        with suppress(EndpointError):  # the server need not give a reason
            detail = next(reply.pieces(), b"").decode(errors="replace").strip()
        if detail:
            problem += f": {detail.splitlines()[0][:_LONGEST_COMPLAINT]}"
        if reply.status in (401, 403) and not self._has_credentials():
            problem += " (credentials: KZLD_USER and KZLD_PASSWORD, KZLD_TOKEN, or a netrc file)"
        raise self.error(problem, reply.status)

    def _has_credentials(self) -> bool:
        return bool(self._session.auth or "Authorization" in self._session.headers)

    def error(self, problem: str, status: int = 0) -> EndpointError:
        """An error of this server; its message begins with the address."""
        return EndpointError(f"{self.address} {problem}", status=status)

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn errors of the network and of the HTTP libraries into a clear line."""
        import requests
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (OSError, ValueError, HTTPError, requests.RequestException) as error:
            raise self.error(_reason(error, self.timeout)) from None


def _credentials(address: str) -> tuple[str, str] | None:
    """User and password for a server, from the environment or from the netrc file."""
    from requests.utils import get_netrc_auth

    user, password = os.environ.get("KZLD_USER"), os.environ.get("KZLD_PASSWORD")
    if user is not None and password is not None:
        return user, password
    return get_netrc_auth(address)


def _reason(error: Exception, timeout: float) -> str:
    """The reason for an error, in words that follow the address of the server.

    The libraries wrap the cause several times.
    """
    import http.client

    import requests
    from urllib3 import exceptions as wrapped

    causes: list[BaseException] = [error]
    while inner := _cause(causes[-1]):
        causes.append(inner)
    if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes):
        return f"did not answer within {timeout:g} seconds"
    for cause in reversed(causes):
        text = " ".join((getattr(cause, "strerror", None) or str(cause)).split())
        if isinstance(cause, http.client.HTTPException | wrapped.HTTPError) and not isinstance(
            cause, http.client.InvalidURL | wrapped.LocationValueError
        ):
            return f"sent no whole HTTP answer: {text}"
        if isinstance(cause, OSError | ValueError) and text:
            return f"cannot be reached: {text}"
    return f"cannot be reached: {' '.join(str(error).split())}"


def _cause(error: BaseException) -> BaseException | None:
    """The error that an error wraps, in any of the ways of the libraries."""
    inner = getattr(error, "reason", None)
    inner = inner if isinstance(inner, BaseException) else None
    inner = inner or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return inner or error.__cause__ or error.__context__
