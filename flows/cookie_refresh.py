"""The cookie-refresh flow: takes newer cookies from the configured browser, and judges them."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.runs.begin import begin_run, name_run
from shanty.errors import ConfigError
from shanty.sources.cookie_keep import refresh_cookies

logger = logging.getLogger(__name__)


@flow(name="cookie-refresh", flow_run_name=name_run)
def cookie_refresh() -> State[Any]:
    """Take newer cookies from the browser, if one is set, and say how good they are."""
    with begin_run("cookie-refresh") as run:
        try:
            message = refresh_cookies(run.settings, run.database).describe()
        except ConfigError as error:
            message = f"the earlier cookies are kept: {error}"
            logger.warning("%s", message)
            return Failed(message=message)
        logger.info("%s", message)
    return Completed(message=message)
