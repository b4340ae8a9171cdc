"""The cookie-refresh flow: says whether the cookies that downloads use are there and good."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, State

from flows.runs import begin_run
from shanty.providers.cookies import describe_cookies


@flow(name="cookie-refresh")
def cookie_refresh() -> State[Any]:
    """Check the cookie file: present, readable, how many cookies, when the first one expires."""
    with begin_run("cookie-refresh") as run:
        message = describe_cookies(run.settings.home / "cookies.txt")
    get_run_logger().info(message)
    return Completed(message=message)
