"""The cookie-refresh flow: says whether the cookies that downloads use are there and good."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.states import Completed, State

from flows.runs import begin_run, name_run
from shanty.providers.cookies import describe_cookies

logger = logging.getLogger(__name__)


@flow(name="cookie-refresh", flow_run_name=name_run)
def cookie_refresh() -> State[Any]:
    """Check the cookie file: present, readable, how many cookies, when the first one expires."""
    with begin_run("cookie-refresh") as run:
        message = describe_cookies(run.settings.home / "cookies.txt")
    logger.info("%s", message)
    return Completed(message=message)
