"""What the pages and the API do with a recurring job: run it, pause it, skip its next run."""

from __future__ import annotations

from enum import StrEnum

from deployments import control
from web.parts import Parts
from web.wording import format_clock


class JobAct(StrEnum):
    """What can be done with a job."""

    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"


def do(parts: Parts, name: str, what: JobAct) -> str:
    """Do something with a job; returns a sentence about it.

    Raises:
        NotFoundError: there is no such job.
        ServerError: the server does not answer.
        ShantyError: there is nothing to skip.
    """
    api = parts.jobs.connect()
    job = control.find_job(api, name)
    try:
        match what:
            case JobAct.RUN:
                control.run_job(api, job)
                return f"{job.name} begins within a few seconds."
            case JobAct.PAUSE:
                control.pause_job(api, job)
                return f"{job.name} is paused."
            case JobAct.RESUME:
                control.resume_job(api, job)
                return f"{job.name} runs again on its schedule."
            case JobAct.SKIP:
                at = control.skip_next_run(api, job).at
                return f"{job.name} leaves out its run of {format_clock(at)}."
    finally:
        parts.jobs.forget()
