"""Settings and health: every setting as a form, and the checks of ``shanty doctor``."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from shanty.config.settings import config_path, unknown_keys
from shanty.config.settings_file import SettingRefusedError
from shanty.diagnosis.tools import describe_in_use, describe_refused
from shanty.errors import ConfigError
from web import settings_form
from web.rendering import Page, PageOf

router = APIRouter()


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form whose names are keys of settings."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


FieldsOf = Annotated[dict[str, str], Depends(_fields)]


@router.get("/settings")
def show(page: PageOf) -> HTMLResponse:
    """Every setting, and what the last check has found."""
    return _show(page)


@router.post("/settings")
def save(page: PageOf, fields: FieldsOf) -> Response:
    """Save what was changed. If something is wrong, the form comes back with what was typed."""
    state, reset = fields.pop("state", ""), fields.pop("reset", "")
    changes: Mapping[str, str | None] = {reset: None} if reset else fields
    try:
        return page.lead_on("/settings", settings_form.save(changes, state))
    except ConfigError as error:
        return _show(page, fields, error)


@router.post("/settings/preview")
def preview(page: PageOf, fields: FieldsOf) -> HTMLResponse:
    """The form with what tracks would be called by it; nothing is saved."""
    fields.pop("state", "")
    try:
        return _show(page, fields, names=settings_form.preview(page.parts, fields))
    except ConfigError as error:
        return _show(page, fields, error)


@router.post("/settings/check")
def check(page: PageOf) -> RedirectResponse:
    """Begin the checks, unless they are under way."""
    page.parts.checkup.begin()
    return page.lead_on("/settings")


def _show(
    page: Page,
    typed: Mapping[str, str] | None = None,
    refused: ConfigError | None = None,
    names: list[str] | None = None,
) -> HTMLResponse:
    told: dict[str, Any] = {"groups": [], "state": "", "trouble": str(refused or ""), "wrong": ""}
    try:
        form = settings_form.read()
        told |= {"groups": form.groups, "state": form.state}
        is_shown = isinstance(refused, SettingRefusedError) and form.find(refused.key) is not None
        told["wrong"] = refused.key if isinstance(refused, SettingRefusedError) and is_shown else ""
        told["unknown"] = unknown_keys()
    except ConfigError as error:
        told |= {"trouble": str(error), "unknown": []}
    return page.render(
        "settings.html",
        code=422 if refused else 200,
        **told,
        why=getattr(refused, "why", ""),
        typed=typed or {},
        names=names or [],
        path=str(config_path()),
        python=platform.python_version(),
        ytdlp=describe_in_use(page.parts.settings),
        refused=describe_refused(page.parts.settings),
        checkup=page.parts.checkup.read(),
    )
