"""Every route: closed to strangers and to foreign pages, and with the headers of a careful page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from shanty.access import guesses
from shanty.config.settings import load_settings
from shanty.demo.answers import Answer as Plain
from tests.world.page_server import Pages, serve_pages
from tests.world.serving import serve
from web.app import API, NOUNS, PAGES, POLICY, PROBES

OPEN = {"/healthz", "/static/shanty.css", "/static/login.js", "/static/icon.svg"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Served once for this file, which changes nothing."""
    folder = tmp_path_factory.mktemp("pages")
    nobody = {"url": "http://127.0.0.1:9"}  # some routes ask it
    settings = load_settings(home=folder / "home", library={"path": folder}, musicbrainz=nobody)
    with serve_pages(settings) as served:
        yield served


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 0.001)
    monkeypatch.setattr("shanty.diagnosis.running.CHECKS", {})  # those ask services in the world


def paths(modules: tuple[ModuleType, ...], prefix: str = "") -> list[tuple[str, str]]:
    return [
        (method, f"{prefix}{route.path}")
        for module in modules
        for route in module.router.routes
        for method in route.methods
    ]


DESCRIBED = paths(NOUNS, API) + paths(PROBES)
FILES = ("/static/shanty.css", "/static/shanty.js", "/static/login.js", "/static/icon.svg")
ROUTES = [
    (method, re.sub(r"\{.*?\}", "1", path))
    for method, path in (
        *paths(PAGES),
        *DESCRIBED,
        *(("GET", path) for path in (*FILES, f"{API}/openapi.json")),
    )
]
"""Every method and path, with something in the place of each parameter."""


def test_no_route_answers_without_the_secret(pages: Pages) -> None:
    assert len(ROUTES) > 12, "the walk sees no routes"
    for method, path in ROUTES:
        answer = pages.ask(path, method=method)
        assert answer.status == (200 if path in OPEN else 401), (method, path)
        if path in OPEN:
            continue
        assert answer.json()["error"]["type"] == "unauthorized"
        wrong = pages.ask(path, method=method, Authorization="Bearer nothing-like-the-secret")
        assert wrong.status in (401, 429), (method, path)
        if method == "GET":
            page = pages.ask(path, Accept="text/html")
            assert page.status == 401 and 'type="password"' in page.text


def test_no_route_answers_a_page_of_another_place(pages: Pages) -> None:
    for method, path in ROUTES:
        for foreign in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Host": "evil.example"},
        ):
            answer = pages.ask(path, method=method, Cookie=pages.session, **foreign)
            assert answer.status == 403, (method, path, foreign)


def test_a_session_acts_from_our_own_pages_only(pages: Pages) -> None:
    acting = [(method, path) for method, path in ROUTES if method not in ("GET", "HEAD")]
    assert acting
    for method, path in acting:
        assert pages.ask(path, method=method, Cookie=pages.session).status == 403
        answer = pages.ask(path, method=method, Cookie=pages.session, Origin=pages.url)
        assert answer.status not in (401, 403), (method, path, answer.text)


def test_every_page_is_careful(pages: Pages) -> None:
    for method, path in ROUTES:
        if method != "GET" or path == "/live":
            continue
        answer = pages.get(path)
        assert answer.status in (200, 303, 404, 422, 502, 503), (path, answer.text)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        if "text/html" in answer.headers.get("content-type", ""):
            check_is_plain(answer.text)
    check_is_plain(pages.ask("/", Accept="text/html").text)


def check_is_plain(text: str) -> None:
    """No script or style in the page itself, and nothing from anywhere else."""
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), text
    loaded = re.findall(r"<(?:script|link|img|audio|iframe)[^>]*\b(?:src|href)=\"([^\"]*)\"", text)
    assert loaded and all(one.startswith("/") and one[1:2] != "/" for one in loaded), loaded


def test_an_error_is_typed_for_programs_and_a_page_for_people(pages: Pages) -> None:
    for answer in (pages.api("/nothing"), pages.ask("/nothing", Cookie=pages.session)):
        assert answer.status == 404
        assert answer.json()["error"] == {
            "type": "not_found",
            "message": "There is nothing here.",
        }
    page = pages.get("/nothing")
    assert page.status == 404 and "There is nothing here." in page.text
    wrong = pages.api("/jobs/pipeline/explode", "POST")
    assert wrong.status == 422 and wrong.json()["error"]["type"] == "wrong_input"


def test_whether_it_lives_and_is_ready(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    # The server that other tests share is in force in this whole process.
    monkeypatch.setattr("deployments.control.configured_server", lambda home: None)
    monkeypatch.setattr("web.job_board.FRESH_SECONDS", 0.0)
    assert pages.ask("/healthz").json() == {"alive": True}
    answer = pages.get("/readyz")
    for _ in range(100):  # until what an earlier test has seen is asked for again
        if answer.status == 503:
            break
        time.sleep(0.1)
        answer = pages.get("/readyz")
    found = answer.json()
    assert answer.status == 503 and not found["ready"]
    assert found["parts"]["database"] == found["parts"]["library"] == "ok"
    assert "shanty up" in found["parts"]["server"]
    assert pages.secret not in answer.text
    numbers = pages.get("/metrics").text
    assert 'shanty_work_items{stage="download",state="pending"} 0.0' in numbers


def test_a_description_of_the_api_names_every_route(pages: Pages) -> None:
    described = pages.api("/openapi.json").json()
    named = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert named == set(DESCRIBED)


def test_behind_a_proxy_below_a_path(home: Path) -> None:
    with serve_pages(load_settings(), root_path="/music") as pages:
        for path in ("/", "/music", "/music/"):  # whether the proxy takes its path off or not
            page = pages.get(path)
            assert page.status == 200, path
            addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
            assert addresses and all(one.startswith("/music/") for one in addresses)
        assert pages.ask("/musicals", Cookie=pages.session).status == 404
        login = pages.ask("/x?y=1", Accept="text/html")
        assert 'action="/music/login"' in login.text and 'value="/x?y=1"' in login.text
        done = pages.ask("/login", method="POST", form={"secret": pages.secret, "next": "/x?y=1"})
        assert done.headers["location"] == "/music/x?y=1"
        assert pages.api("/openapi.json").json()["servers"] == [{"url": "/music"}]


def test_a_link_that_is_too_old_says_what_gives_a_new_one(home: Path) -> None:
    with serve_pages(load_settings()) as pages:
        refused = pages.ask("/login", method="POST", form={"ticket": "1.2.3"})
        assert refused.status == 401
        assert "<code>shanty open</code> gives a new one" in refused.text


def test_a_server_that_is_not_ours_costs_no_page(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve({}, Plain(500, b"", "text/plain")) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        with serve_pages(load_settings()) as pages:
            page = pages.get("/")
            assert page.status == 200 and "has trouble" in page.text
