"""The tools flow: a newer yt-dlp, proved before it is used."""

from __future__ import annotations

import logging
import os
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.runs.begin import begin_run, name_run
from shanty.config.surroundings import clean_import_path
from shanty.errors import TOOLS
from shanty.providers.ytdlp.versions.renewal import renew_ytdlp
from shanty.sources.circuit_names import circuit_name
from shanty.sources.circuits import Circuits

logger = logging.getLogger(__name__)


@flow(name="tools", flow_run_name=name_run)
def tools() -> State[Any]:
    """Look for a newer yt-dlp, and use it from the next run on if it proves good."""
    with begin_run("tools") as run:
        try:
            renewal = renew_ytdlp(run.settings.home, clean_import_path(os.environ))
        except OSError as error:
            message = f"yt-dlp stays as it is: {error.strerror}: {error.filename}"
            logger.warning("%s", message)
            return Failed(message=message)
        if renewal.is_switched:
            # What waits for a newer yt-dlp, or for a runtime that it wants, need wait no longer.
            Circuits(run.database).resume(circuit_name(TOOLS))
        logger.log(logging.WARNING if renewal.is_news else logging.INFO, "%s", renewal.message)
    return Completed(message=renewal.message)
