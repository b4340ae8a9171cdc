"""Our pages on a real server, behind their door, for tests: fixture ``pages``."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from deployments.listening import free_port
from shanty.access.credentials import Credentials
from shanty.access.secret import read_secret
from shanty.config.settings import Settings, load_settings
from web.serving import serve_beside


@dataclass(frozen=True)
class Answer:
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Pages:
    """The served pages of a home."""

    settings: Settings
    url: str

    @property
    def secret(self) -> str:
        return read_secret(self.settings.home)

    @property
    def session(self) -> str:
        """The cookie of somebody who has logged in."""
        credentials = Credentials(self.secret)
        return f"{credentials.cookie_name}={credentials.make_session()}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        form: Mapping[str, str] | None = None,
        document: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Ask with these headers alone; underscores stand for hyphens."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if form is not None:
            named["content-type"] = "application/x-www-form-urlencoded"
        content: str | bytes | None = urlencode(form or {}) or body
        if document is not None:
            named["content-type"], content = "application/json", json.dumps(document)
        try:
            connection.request(method, path, content, named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask as a person who has logged in."""
        return self.ask(path, Accept="text/html", Cookie=self.session, **headers)

    def post(self, path: str, **form: str) -> Answer:
        """Press a button of a page, as a person who has logged in."""
        return self.ask(path, method="POST", form=form, Cookie=self.session, Origin=self.url)

    def api(
        self, path: str, method: str = "GET", document: Mapping[str, Any] | None = None
    ) -> Answer:
        """Ask as a program that has the secret, with a JSON document if there is one."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        return self.ask(f"/api/v1{path}", method=method, document=document, **headers)

    def upload(self, path: str, name: str, content: bytes) -> Answer:
        """Send a file by a form of a page, as a person who has logged in."""
        mark = "a-mark-that-no-file-has"
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return self.ask(
            path, method="POST", body=body, Content_Type=kind, Cookie=self.session, Origin=self.url
        )

    def follow(self, answer: Answer) -> Answer:
        """The page that an answer leads on to."""
        assert answer.status == 303, answer
        return self.get(answer.headers["location"])


@contextmanager
def serve_pages(settings: Settings, **web: Any) -> Iterator[Pages]:
    """Serve the pages of some settings at a free port."""
    own = settings.web.model_copy(update={"port": free_port(), **web})
    settings = settings.model_copy(update={"web": own})
    with serve_beside(settings, is_asked_for=True):
        yield Pages(settings, f"http://127.0.0.1:{own.port}")


@pytest.fixture
def pages(home: Path) -> Iterator[Pages]:
    with serve_pages(load_settings()) as served:
        yield served
