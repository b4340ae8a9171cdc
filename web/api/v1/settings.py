"""``/api/v1/settings``: the settings and their file; and the checks of ``shanty doctor``."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shanty.config.inventory import SettingKind
from shanty.config.settings import config_path, unknown_keys
from shanty.diagnosis.findings import Level
from web import settings_form
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/settings", tags=["settings"], responses=TROUBLES)


class SettingAnswer(BaseModel):
    """A setting as text; a list has one a line. A secret's value is empty.

    ``variable`` is the variable that sets it, so that it cannot be changed here.
    """

    key: str
    about: str
    kind: SettingKind
    value: str
    default: str
    choices: list[str]
    is_set: bool
    variable: str
    needs_restart: bool


class SettingsAnswer(BaseModel):
    """Every setting. ``state`` is that of the file; ``unknown`` are keys that mean nothing."""

    path: str
    state: str
    settings: list[SettingAnswer]
    unknown: list[str]


class ChangesBody(BaseModel):
    """New values by key, as text; null is the default.

    With ``state``, nothing is saved if the file has been changed since it was read.
    """

    changes: dict[str, str | None] = Field(max_length=500)
    state: str | None = None


class SavedAnswer(BaseModel):
    """What was saved, as a sentence."""

    message: str


class NamesAnswer(BaseModel):
    """What some tracks would be called, below the library's folder."""

    names: list[str]


class FindingAnswer(BaseModel):
    """What one check saw, and what to do about it."""

    name: str
    level: Level
    message: str
    remedy: str


class CheckAnswer(BaseModel):
    """What the last check has found so far; ``began_at`` is null if nobody has asked for one."""

    began_at: datetime | None
    is_running: bool
    findings: list[FindingAnswer]


@router.get("")
def read() -> SettingsAnswer:
    """Every setting with its default and where it comes from."""
    form = settings_form.read()
    return SettingsAnswer(
        path=str(config_path()),
        state=form.state,
        settings=[
            SettingAnswer(
                key=one.key,
                about=one.about,
                kind=one.kind,
                value=one.value,
                default=one.default,
                choices=list(one.choices),
                is_set=one.is_set,
                variable=one.variable,
                needs_restart=one.needs_restart,
            )
            for group in form.groups
            for one in group.settings
        ],
        unknown=unknown_keys(),
    )


@router.patch("")
def save(body: ChangesBody) -> SavedAnswer:
    """Save changes, all or none. The file's comments are kept."""
    return SavedAnswer(message=settings_form.save(body.changes, body.state))


@router.post("/preview")
def preview(parts: PartsOf, body: ChangesBody) -> NamesAnswer:
    """What some tracks would be called if the changes were saved. Nothing is saved."""
    return NamesAnswer(names=settings_form.preview(parts, body.changes))


@router.get("/check")
def read_check(parts: PartsOf) -> CheckAnswer:
    """What the last check has found."""
    seen = parts.checkup.read()
    return CheckAnswer(
        began_at=seen.began_at,
        is_running=seen.is_running,
        findings=[
            FindingAnswer(name=one.name, level=one.level, message=one.message, remedy=one.remedy)
            for one in seen.findings
        ],
    )


@router.post("/check")
def check(parts: PartsOf) -> CheckAnswer:
    """Begin to check everything, unless that is under way."""
    parts.checkup.begin()
    return read_check(parts)
