"""Checks of access: the cookies, the secret, and the Prefect server in use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from shanty.access.secret import read_secret
from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.diagnosis.findings import Finding, Level, green, red, yellow
from shanty.errors import ShantyError, count_of
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import BoundedSession, is_loopback
from shanty.providers.ytdlp.browser import FIREFOX, Browser, find_firefox_profile
from shanty.sources.cookie_check import check_cookies
from shanty.sources.cookie_keep import count_signed_out

_BOUNDS = Bounds(total_seconds=12.0, answer_seconds=12.0)


def check_cookies_in_use(settings: Settings) -> Iterator[Finding]:
    """Whether the cookies are good, and whether anything waits for better ones."""
    report = check_cookies(settings)
    waiting = _count_waiting(settings)
    if waiting:
        tracks = count_of(waiting, "track waits", "tracks wait")
        message = f"{tracks} until somebody is signed in; {report.message}"
        remedy = report.remedy or "wait, or take newer ones: shanty cookies import"
        yield Finding("cookies", Level.RED if report.trouble else Level.YELLOW, message, remedy)
    elif report.trouble:
        yield yellow("cookies", report.message, report.remedy)
    else:
        yield green("cookies", report.message)
    if settings.cookies.browser:
        yield from _check_browser(settings.cookies.browser)


def _count_waiting(settings: Settings) -> int:
    try:
        database = open_database(settings.resolved_database_url)
    except ShantyError:
        return 0  # another check says so
    try:
        return sum(count_signed_out(database).values())
    finally:
        database.dispose()


def _check_browser(text: str) -> Iterator[Finding]:
    remedy = "set cookies.browser to a profile that is here, such as firefox:default"
    try:
        browser = Browser.parse(text)
        where = str(find_firefox_profile(browser.profile)) if browser.name == FIREFOX else text
    except ShantyError as error:
        yield yellow("browser", str(error), remedy)
    else:
        yield green("browser", f"cookies come from {where}")


def _check_own_server(settings: Settings) -> Iterator[Finding]:
    if os.path.lexists(settings.home / "secret"):  # else it is made at first use
        try:
            read_secret(settings.home)
        except (ShantyError, OSError) as error:
            yield red("Prefect server", "nobody can log in: the secret cannot be used", str(error))
            return
    yield green("Prefect server", "Shanty brings its own")


def check_prefect_server(settings: Settings) -> Iterator[Finding]:
    """Whether PREFECT_API_URL names a Prefect server that answers. Unset, it is Shanty's own."""
    url = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not url:
        yield from _check_own_server(settings)
        return
    named = f"{url} (PREFECT_API_URL)"
    remedy = "start it, or unset PREFECT_API_URL: Shanty brings its own"
    try:
        with BoundedSession(url, _BOUNDS) as session:
            session.trust_env = not is_loopback(urlsplit(url).hostname or "")
            answer = session.get(f"{url}/health")
    except (OSError, ValueError):  # the errors of requests, and of an invalid address
        yield red("Prefect server", f"{named} cannot be reached", remedy)
        return
    try:
        is_prefect = answer.ok and answer.json() is True
    except requests.JSONDecodeError:
        is_prefect = False
    if is_prefect:
        yield green("Prefect server", f"{named} answers")
    else:
        yield red("Prefect server", f"what answers at {named} is no Prefect server", remedy)
