"""What is answered if something goes wrong: our sentences, as a page or as a typed error.

The API's errors are ``{"error": {"type": …, "message": …}}``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shanty.errors import (
    AlreadyRunningError,
    ConfigError,
    DatabaseError,
    NotFoundError,
    ServerError,
    ShantyError,
    StageError,
    UnfitValueError,
    WaitError,
)
from web.rendering import Page

logger = logging.getLogger(__name__)

_MEANINGS: tuple[tuple[type[ShantyError], HTTPStatus, str], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND, "not_found"),
    (AlreadyRunningError, HTTPStatus.CONFLICT, "already_running"),
    (ConfigError, HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_setting"),
    (UnfitValueError, HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_input"),
    (DatabaseError, HTTPStatus.SERVICE_UNAVAILABLE, "database"),
    (ServerError, HTTPStatus.SERVICE_UNAVAILABLE, "server"),
    (WaitError, HTTPStatus.SERVICE_UNAVAILABLE, "wait"),
    (StageError, HTTPStatus.BAD_GATEWAY, "other_side"),
    (ShantyError, HTTPStatus.CONFLICT, "refused"),
)
"""The first that fits is taken."""


class ErrorBody(BaseModel):
    """What went wrong: a word for programs and a sentence for people."""

    type: str
    message: str


class Trouble(BaseModel):
    """An error as the API tells of it."""

    error: ErrorBody


TROUBLES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Trouble, "description": "an error, with a sentence"}
}
"""For ``responses`` of a router of the API."""


def answer_troubles(app: FastAPI) -> None:
    """Let every error be answered in our words."""

    async def tell_expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, ShantyError)
        status, kind = next((code, word) for cls, code, word in _MEANINGS if isinstance(error, cls))
        return _answer(request, status, kind, str(error))

    async def tell_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        told = "There is nothing here." if status == HTTPStatus.NOT_FOUND else f"{status.phrase}."
        answer = _answer(request, status, status.name.lower(), told)
        answer.headers.update(error.headers or {})
        return answer

    async def tell_wrong_input(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the request"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _answer(request, status, "wrong_input", f"{where}: {first['msg']}")

    async def tell_unexpected(request: Request, error: Exception) -> Response:
        logger.error("while answering %s", request.url.path, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        told = "Something went wrong in Shanty itself; its log says what."
        return _answer(request, status, "internal", told)

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        ShantyError: tell_expected,
        HTTPException: tell_http,
        RequestValidationError: tell_wrong_input,
        Exception: tell_unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _answer(request: Request, status: HTTPStatus, kind: str, message: str) -> Response:
    if "text/html" in request.headers.get("accept", "") and not _is_api(request):
        return Page(request).render("trouble.html", code=status, title=status.phrase, why=message)
    body = Trouble(error=ErrorBody(type=kind, message=message))
    return JSONResponse(body.model_dump(), status, {"cache-control": "no-store"})


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")
