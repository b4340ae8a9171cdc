"""How a person gets to the pages of this home's server, and what opens them.

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
    """What opens the server and the pages of a home."""
    password = settings.server.password
    return Credentials(
        read_secret(settings.home), None if password is None else password.get_secret_value()
    )


def login_address(settings: Settings, pages_url: str, seconds: int = TICKET_SECONDS) -> str:
    """The address that logs a person in once, within the time, without a question."""
    ticket = make_ticket(read_secret(settings.home), seconds)
    return f"{pages_url}{PATH}#{ticket}"


def invite(settings: Settings, api_url: str) -> str:
    """How a person gets to the pages of a server, as a line to print.

    Only a terminal gets the address that logs in: what is printed elsewhere is a log, which others
    may read.
    """
    pages_url = api_url.removesuffix("/api")
    if api_url != own_server(settings.home):
        return f"the pages are at {pages_url}"
    if not sys.stdout.isatty():
        return f"the pages are at {pages_url}; `shanty open` gives the address that logs you in"
    address = login_address(settings, pages_url, LONG_TICKET_SECONDS)
    return f"log in with {address} (good for one time; `shanty open` gives another)"


def address_to_open(settings: Settings) -> str:
    """The address of the pages of the running server; if it is this home's, it logs a person in.

    Raises:
        ServerError: there is none.
    """
    url = configured_server(settings.home)
    if url is None:
        raise ServerError("no server is running here; `shanty up` starts it")
    pages_url = url.rstrip("/").removesuffix("/api")
    return login_address(settings, pages_url) if url == own_server(settings.home) else pages_url
