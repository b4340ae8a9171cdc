"""The backup flow: one backup is made and checked, and those no longer kept are deleted."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.runs.begin import begin_run, name_run
from shanty.backup.making import back_up_and_prune
from shanty.errors import ShantyError, count_of

logger = logging.getLogger(__name__)


@flow(name="backup", flow_run_name=name_run)
def backup() -> State[Any]:
    """Make a backup, open it to see that it is good, and delete those that are no longer kept."""
    with begin_run("backup") as run:
        try:
            made, deleted = back_up_and_prune(run.settings, run.database)
        except ShantyError as error:
            message = f"there is no new backup, and all earlier ones are kept: {error}"
            logger.warning("%s", message)
            return Failed(message=message)
        message = f"{made.path} written and checked; {count_of(deleted, 'old one')} deleted"
        logger.info("%s", message)
    return Completed(message=message)
