"""How a person reaches the pages of this home's server, and the credentials that open them.

Does not import Prefect.
"""

from __future__ import annotations

import sys

from deployments.page_place import find_pages
from deployments.server import configured_server, own_server
from shanty.access.credentials import LONG_TICKET_SECONDS, TICKET_SECONDS, Credentials, make_ticket
from shanty.access.login_page import PATH
from shanty.access.secret import read_secret
from shanty.config.settings import Settings
from shanty.errors import ConfigError, ServerError
from shanty.providers.http_session import is_loopback


def open_credentials(settings: Settings) -> Credentials:
    """The credentials that open the server and the pages of a home."""
    password = settings.server.password
    return Credentials(
        read_secret(settings.home), None if password is None else password.get_secret_value()
    )


def require_password(settings: Settings, host: str) -> None:
    """Make sure that what listens on a host has a password, if others can reach it there.

    Raises:
        ConfigError: it has none.
    """
    if not is_loopback(host) and settings.server.password is None:
        raise ConfigError(
            f"to listen on {host}, set a password: SHANTY_SERVER__PASSWORD (the user is 'shanty')"
        )


def login_address(settings: Settings, pages_url: str, seconds: int = TICKET_SECONDS) -> str:
    """An address that logs a person in without a question: once, within the time."""
    ticket = make_ticket(read_secret(settings.home), seconds)
    return f"{pages_url}{PATH}#{ticket}"


def invite(settings: Settings, api_url: str) -> str:
    """A line that tells a person how to reach our pages; without them, those of a server."""
    if find_pages(settings.home) is None and api_url != own_server(settings.home):
        return f"the pages are at {api_url.removesuffix('/api')}"
    return invite_to_pages(settings, api_url)


def invite_to_pages(settings: Settings, api_url: str = "") -> str:
    """A line that tells a person how to reach our pages; without them, this home's server's.

    Only a terminal gets the address that logs in: any other output is a log, which others may read.
    """
    pages_url = find_pages(settings.home) or api_url.removesuffix("/api")
    if not sys.stdout.isatty():
        return f"the pages are at {pages_url}; `shanty open` gives the address that logs you in"
    address = login_address(settings, pages_url, LONG_TICKET_SECONDS)
    return f"log in with {address} (it works once; `shanty open` gives another)"


def link_to_server(settings: Settings, api_url: str) -> str:
    """The address of the pages of a server. If it is this home's, it logs a person in, once."""
    pages_url = api_url.removesuffix("/api")
    if api_url != own_server(settings.home):
        return pages_url
    return login_address(settings, pages_url, LONG_TICKET_SECONDS)


def address_to_open(settings: Settings, *, of_prefect: bool = False) -> str:
    """The address of our pages; without them, or with ``of_prefect``, of Prefect's pages.

    For the pages of this home, it logs a person in.

    Raises:
        ServerError: no server is running.
    """
    pages_url = None if of_prefect else find_pages(settings.home)
    if pages_url is not None:
        return login_address(settings, pages_url)
    url = configured_server(settings.home)
    if url is None:
        raise ServerError("no server is running here; `shanty up` starts it")
    pages_url = url.rstrip("/").removesuffix("/api")
    return login_address(settings, pages_url) if url == own_server(settings.home) else pages_url
