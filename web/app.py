"""The application: every route, behind the door.

A page is one module in ``web/pages/`` with a ``router``, one template of its name, and one line in
:data:`PAGES`; a noun of the API is one module in ``web/api/v1/`` and one line in :data:`NOUNS`.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from deployments.entrance import open_credentials
from shanty import __version__
from shanty.access.addresses import own_places
from shanty.access.door import Door
from shanty.access.login_page import LoginPage
from shanty.access.request import App, Message, Receive, Send
from shanty.config.settings import Settings
from shanty.db import Database
from web.api import health, metrics
from web.api.v1 import cookies as cookies_api
from web.api.v1 import history as history_api
from web.api.v1 import jobs as jobs_api
from web.api.v1 import library as library_api
from web.api.v1 import review as review_api
from web.api.v1 import settings as settings_api
from web.api.v1 import status as status_api
from web.api.v1 import tracks as tracks_api
from web.api.v1 import trash as trash_api
from web.api.v1 import watching as watching_api
from web.api.v1 import wishes as wishes_api
from web.api.v1 import work_queue as queue_api
from web.pages import (
    add,
    cookies,
    covers,
    history,
    jobs,
    library,
    live,
    now,
    review,
    settings,
    tracks,
    watching,
    work_queue,
)
from web.parts import Parts
from web.rendering import STATIC_DIR, make_templates
from web.troubles import answer_troubles

PAGES = (
    now,
    library,
    tracks,
    add,
    watching,
    work_queue,
    review,
    history,
    settings,
    jobs,
    cookies,
    covers,
    live,
)
NOUNS = (
    status_api,
    library_api,
    tracks_api,
    wishes_api,
    watching_api,
    queue_api,
    cookies_api,
    review_api,
    history_api,
    trash_api,
    jobs_api,
    settings_api,
)
PROBES = (health, metrics)

API = "/api/v1"

POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
"""What our pages may load: our own files, and nothing that stands in the page itself."""

_OPEN_PATHS = ("/healthz", "/static/shanty.css", "/static/login.js", "/static/icon.svg")
"""What is answered without the secret: whether we live, and what the login page consists of."""


def create_app(settings: Settings, database: Database, *, listening_on: str) -> App:
    """The pages and the API for one database, behind the door of a home.

    ``listening_on`` is the host that they are served at.
    """
    return guard(create_pages(Parts.of(settings, database)), settings, listening_on)


def create_pages(parts: Parts) -> FastAPI:
    """The pages and the API without the door."""
    root_path = parts.settings.web.root_path
    app = make_routes(root_path)
    app.state.parts = parts
    app.state.templates = make_templates(root_path)
    answer_troubles(app)
    return app


def make_routes(root_path: str = "") -> FastAPI:
    """Every route, with nothing behind it yet."""
    app = FastAPI(
        title="Shanty",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # theirs come from another host
        redoc_url=None,
        servers=[{"url": root_path or "/"}],
    )
    app.mount("/static", StaticFiles(directory=STATIC_DIR), name="static")
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
    for noun in NOUNS:
        app.include_router(noun.router, prefix=API)
    for probe in PROBES:
        app.include_router(probe.router)
    return app


def guard(app: FastAPI, settings: Settings, listening_on: str) -> App:
    """Put the pages behind the door, and below the path that a proxy shows them at."""
    root_path = settings.web.root_path
    login = app.state.templates.get_template("login.html")

    def render_login(next_path: str, message: str) -> bytes:
        return str(login.render(next_path=next_path, message=message)).encode()

    door = Door(
        _with_policy(app),
        open_credentials(settings),
        own_places(listening_on, settings.server.hosts),
        open_paths=_OPEN_PATHS,
        login=LoginPage(render_login, POLICY),
        root_path=root_path,
    )
    return _below(root_path, door)


def _with_policy(app: App) -> App:
    async def answer(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (b"content-security-policy", POLICY.encode())
                message = {**message, "headers": [*message.get("headers", ()), own]}
            await send(message)

        await app(scope, receive, send_with_policy)

    return answer


def _below(root_path: str, app: App) -> App:
    """Take the proxy's path off, for a proxy that has left it on."""
    prefix = f"{root_path}/"

    async def answer(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and f"{scope['path']}/".startswith(prefix):
            raw = scope.get("raw_path")
            scope = {**scope, "path": scope["path"][len(root_path) :] or "/"}
            if raw is not None:
                scope["raw_path"] = raw[len(root_path) :] or b"/"
        await app(scope, receive, send)

    return answer if root_path else app
