"""The little of Prefect's REST API that we need, without importing Prefect.

``import prefect`` takes seconds. A command that asks about jobs should be faster. What speaks HTTP
is imported when there is a server to ask: most commands of a home without one begin sooner.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shanty.errors import ServerError
from shanty.providers.http_bounds import Bounds

if TYPE_CHECKING:
    from urllib3.util.retry import Retry

    from shanty.providers.http_session import BoundedSession

# Longer than the server itself waits for its file (deployments.server_database.BUSY_SECONDS): a
# busy server thus has time to answer 503, and is asked again within the two minutes.
PATIENT = Bounds(total_seconds=120.0, answer_seconds=120.0, stall_seconds=30.0)


class PrefectApi:
    """A Prefect server at ``url``, which ends in ``/api``.

    ``auth`` is ``user:password``; by default it comes from Prefect's environment variable.
    ``bounds`` hold for each request.
    """

    def __init__(self, url: str, *, auth: str | None = None, bounds: Bounds = PATIENT):
        self.url = url.rstrip("/")
        from urllib3.util.retry import Retry

        # As in Prefect's own client: the server answers 503 while its SQLite file is locked.
        busy = Retry(
            total=5,
            connect=0,
            read=0,
            other=0,
            status_forcelist=[429, 502, 503],
            allowed_methods=None,
            backoff_factor=0.5,
            raise_on_status=False,
        )
        self._session = open_session(url, busy, bounds)
        # After a 503 the server hangs up, often without saying so in its answer unless it was asked
        # to. The next try, which is made at once, would be sent into that.
        self._session.headers["Connection"] = "close"
        if auth := auth or os.environ.get("PREFECT_API_AUTH_STRING"):
            user, _, password = auth.partition(":")
            self._session.auth = (user, password)

    @property
    def ui_url(self) -> str:
        """The address of the server's pages."""
        return self.url.removesuffix("/api")

    def get(self, path: str) -> Any:
        """Read one thing."""
        return self._send("GET", path)

    def post(self, path: str, /, **body: Any) -> Any:
        """Search for things, or make one."""
        return self._send("POST", path, body)

    def patch(self, path: str, /, **body: Any) -> None:
        """Change one thing."""
        self._send("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Delete one thing."""
        self._send("DELETE", path)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        import requests

        try:
            answer = self._session.request(method, f"{self.url}{path}", json=body)
            answer.raise_for_status()
        except requests.HTTPError as error:
            code = error.response.status_code
            if code in (requests.codes.unauthorized, requests.codes.forbidden):
                raise ServerError(
                    f"the Prefect server at {self.ui_url} wants a password: "
                    "set PREFECT_API_AUTH_STRING, or SHANTY_SERVER__PASSWORD"
                ) from None
            raise ServerError(
                f"the Prefect server at {self.ui_url} refuses {path}: code {code}"
            ) from None
        except requests.RequestException as error:
            raise ServerError(
                f"the Prefect server at {self.ui_url} does not answer ({type(error).__name__})"
            ) from None
        finally:
            # A connection that is kept may be given up by the server just when we ask again. Then
            # nobody can say whether the request was heard, so each gets a connection of its own.
            self._session.close()
        try:
            return answer.json() if answer.content else None
        except requests.JSONDecodeError:
            raise ServerError(
                f"what answers at {self.url} is no Prefect server: it sends no JSON"
            ) from None


def open_session(url: str, retry: Retry | None = None, bounds: Bounds = PATIENT) -> BoundedSession:
    """A session for one server. A server on this machine is not asked through a proxy."""
    from shanty.providers.http_session import BoundedSession, is_loopback

    session = BoundedSession(url, bounds, retry)
    with suppress(ValueError):  # the address is invalid; the request will say so
        session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    if os.environ.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() in ("1", "true"):
        session.verify = False
    elif certificates := os.environ.get("PREFECT_API_SSL_CERT_FILE"):
        session.verify = certificates
    return session
