"""How a page becomes HTML: the templates, what each of them has at hand, and where links lead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shanty import __version__
from shanty.access.login_page import mark_commands
from shanty.clock import describe_span
from shanty.errors import count_of
from shanty.files.sizes import format_bytes
from web import wording
from web.notices import Notice
from web.parts import Parts

STATIC_DIR = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation: its path, its name, its picture in ``icons.html``."""

    path: str
    name: str
    icon: str


PLACES = (
    Place("/", "Now", "now"),
    Place("/library", "Library", "library"),
    Place("/add", "Add", "add"),
    Place("/watching", "Watching", "watching"),
    Place("/queue", "Queue", "queue"),
    Place("/review", "Review", "review"),
    Place("/history", "History", "history"),
    Place("/settings", "Settings", "settings"),
)
"""The pages in the order of the navigation."""


def make_templates(root_path: str) -> Environment:
    """The templates. Whatever they show is text, unless a template itself says otherwise."""
    templates = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "root": root_path,
        "version": __version__,
        "places": PLACES,
        "static_version": _static_version(),
    }
    templates.filters |= {
        "age": wording.describe_age,
        "bytes": format_bytes,
        "clock": wording.format_clock,
        "count": count_of,
        "initial": wording.initial_of,
        "length_of": wording.format_length,
        "link": web_address,
        "number": wording.format_number,
        "path": wording.path_part,
        "query": wording.query_of,
        "span": describe_span,
        "tint": wording.tint_of,
        "told": lambda text: Markup(mark_commands(str(text))),
        "words": wording.in_words,
    }
    return templates


def web_address(text: str) -> str:
    """An address that a link may lead to; empty for any other, such as ``javascript:``."""
    try:
        return text if urlsplit(text).scheme in ("http", "https") and text.isprintable() else ""
    except ValueError:
        return ""


class Page:
    """The page that a request asks for: what it is made from, and how it is answered."""

    def __init__(self, request: Request):
        self.parts: Parts = request.app.state.parts
        self._templates: Environment = request.app.state.templates
        self._request = request

    def render(self, template: str, *, code: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a template, which has ``values`` at hand."""
        text = self._templates.get_template(template).render(
            here=self._request.url.path,
            notice=self.parts.notices.take(self._request.query_params.get("notice", "")),
            **values,
        )
        return HTMLResponse(text, code, {"cache-control": "no-store"})

    def lead_on(
        self, path: str, told: str = "", *, is_trouble: bool = False, undo_path: str = ""
    ) -> RedirectResponse:
        """Answer what was done by leading to another page, which tells of it.

        For ten seconds, it offers to take it back, if there is an ``undo_path`` for that.
        """
        if told:
            key = self.parts.notices.keep(Notice(told, is_trouble, undo_path))
            path += f"{'&' if '?' in path else '?'}notice={key}"
        return RedirectResponse(f"{self.parts.settings.web.root_path}{path}", 303)


PageOf = Annotated[Page, Depends(Page)]
"""The page, as a route's parameter."""


def _static_version() -> str:
    """What changes with our stylesheet and module, so that browsers may keep them."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_DIR.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
