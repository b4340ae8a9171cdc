"""How a person reaches the pages of this home's server, and the credentials that open them.

Does not import Prefect.
"""

from __future__ import annotations

import sys

from deployments.server import configured_server, own_server
from shanty.access.credentials import LONG_TICKET_SECONDS, TICKET_SECONDS, Credentials, make_ticket
from shanty.access.login_page import PATH
from shanty.access.secret import read_secret
from shanty.config.settings import Settings
from shanty.errors import ServerError


def open_credentials(settings: Settings) -> Credentials:
    """The credentials that open the server and the pages of a home."""
    password = settings.server.password
    return Credentials(
        read_secret(settings.home), None if password is None else password.get_secret_value()
    )


def login_address(settings: Settings, pages_url: str, seconds: int = TICKET_SECONDS) -> str:
    """An address that logs a person in without a question: once, within the time."""
    ticket = make_ticket(read_secret(settings.home), seconds)
    return f"{pages_url}{PATH}#{ticket}"


def invite(settings: Settings, api_url: str) -> str:
    """A line that tells a person how to reach the pages of a server.

    Only a terminal gets the address that logs in: any other output is a log, which others may read.
    """
    pages_url = api_url.removesuffix("/api")
    if api_url != own_server(settings.home):
        return f"the pages are at {pages_url}"
    if not sys.stdout.isatty():
        return f"the pages are at {pages_url}; `shanty open` gives the address that logs you in"
    address = login_address(settings, pages_url, LONG_TICKET_SECONDS)
    return f"log in with {address} (it works once; `shanty open` gives another)"


def address_to_open(settings: Settings) -> str:
    """The address of the running server's pages; for this home's server, it logs a person in.

    Raises:
        ServerError: no server is running.
    """
    url = configured_server(settings.home)
    if url is None:
        raise ServerError("no server is running here; `shanty up` starts it")
    pages_url = url.rstrip("/").removesuffix("/api")
    return login_address(settings, pages_url) if url == own_server(settings.home) else pages_url
