"""Metadata that would rather be markup, and what a browser would make of a page, for tests."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = (
    '<script>alert("1")</script>',
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}${7*7}",
    "\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627",
    "`<iframe>`",
    "A" * 4000,
)


class Reader(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
