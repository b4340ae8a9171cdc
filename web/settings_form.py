"""The settings as a form: what is read from it, checked, and saved."""

from __future__ import annotations

from collections.abc import Mapping

from deployments.timetable import load_jobs
from flows.server.schedules import Cron
from shanty.config.inventory import as_text
from shanty.config.settings import Settings
from shanty.config.settings_file import (
    SettingsForm,
    read_form,
    save_settings,
    settings_after,
)
from shanty.library.name_preview import preview_names, require_usable_names
from web.parts import Parts


def read() -> SettingsForm:
    """The settings as file and environment have them now.

    Raises:
        ConfigError: the file is wrong as it is.
    """
    return read_form(_schedules())


def save(changes: Mapping[str, str | None], state: str | None) -> str:
    """Save changes by key; returns a sentence about it.

    Raises:
        SettingRefusedError: a value is wrong; nothing is saved.
        ConfigError: the file was changed meanwhile, or cannot be written.
    """
    changed = save_settings(changes, state, _schedules(), check=_check)
    if not changed:
        return "Nothing was changed."
    names = ", ".join(one.key for one in changed)
    if any(one.needs_restart for one in changed):
        return f"Saved: {names}. Stop `shanty up` and start it again, so that it takes effect."
    return f"Saved: {names}. Each job follows it from its next run on; these pages after a restart."


def preview(parts: Parts, changes: Mapping[str, str | None]) -> list[str]:
    """What some tracks would be called if the changes were saved.

    Raises:
        SettingRefusedError: a value is wrong.
        ConfigError: a template is wrong, or the file is.
    """
    return preview_names(settings_after(changes, _schedules()).library, parts.catalog)


def _check(settings: Settings) -> None:
    """What settings must be beside what their tables know."""
    require_usable_names(settings.library)
    load_jobs(settings.scheduling)


def _schedules() -> dict[str, str]:
    """The key of each job's schedule, with the schedule that it has by default."""
    return {
        job.setting: job.declared.expression
        if isinstance(job.declared, Cron)
        else as_text(job.declared.interval)
        for job in load_jobs({})
    }
