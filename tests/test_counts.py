"""A number is told with the noun that it takes: ``1 track``, ``2 tracks``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shanty.errors import count_of

ROOT = Path(__file__).parent.parent
PACKAGES = ("shanty", "cli", "web", "flows", "tasks", "deployments")
# What is counted for a person. A noun that `count_of` is given anywhere belongs to it too.
NOUNS = {
    *("act", "album", "artist", "attempt", "backup", "candidate", "change", "cookie", "cover"),
    *("day", "edition", "entry", "file", "folder", "item", "job", "line", "match"),
    *("name", "page", "part", "picture", "playlist", "release", "request", "result"),
    *("row", "rule", "run", "song", "source", "title", "track", "wish", "worker"),
}
_COUNTED = re.compile(r"""count_of\((?:[^()"']|\([^()]*\))*,\s*["']([a-z]+)["']""", re.IGNORECASE)
_LINKS = "(?:with|without|of|in|for|from|to|and|or|there|by) "
_FIXED = re.compile(r"[A-Z_0-9 +-]+")


def plural(noun: str) -> str:
    if noun.endswith(("ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun != "day" else f"{noun}s"


def sources() -> dict[Path, str]:
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("*")]
    return {
        path: path.read_text(encoding="utf-8") for path in found if path.suffix in (".py", ".html")
    }


def find_faults(text: str, nouns: set[str]) -> list[str]:
    """Where a number stands before a plural that it does not choose."""
    words = "|".join(sorted(map(plural, nouns)))
    fault = re.compile(
        rf"\{{(?!count_of\()([^{{}}\"!]+)\}}\}}? (?:(?!{_LINKS})[a-z]+ )?(?:{words})\b"
    )
    return [
        found[0]
        for found in fault.finditer(text)
        # A name before a verb, and a fixed number that is more than one.
        if not found[1].strip().endswith(".name") and not _FIXED.fullmatch(found[1].strip())
    ]


@pytest.mark.parametrize(
    "text",
    [
        'f"{number} tracks"',
        'f"{len(all):,} wanted tracks"',
        'f"of {total} files"',
        "<b>{{ found | number }} entries</b>",
    ],
)
def test_the_search_sees_the_fault(text: str) -> None:
    assert find_faults(text, NOUNS)


@pytest.mark.parametrize(
    "text",
    ["f\"{count_of(number, 'track')}\"", 'f"{rule.name!r} tracks"', "{{ n | count('file') }}"],
)
def test_the_search_sees_no_other(text: str) -> None:
    assert not find_faults(text, NOUNS)


def test_every_count_chooses_its_noun() -> None:
    texts = sources()
    nouns = NOUNS | {noun for text in texts.values() for noun in _COUNTED.findall(text)}
    faults = {
        f"{path.relative_to(ROOT)}: {fault}"
        for path, text in texts.items()
        for fault in find_faults(text, nouns)
    }
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("track",), "0 tracks"),
        (1, ("track",), "1 track"),
        (1234, ("entry", "entries"), "1,234 entries"),
        (1, ("track waits", "tracks wait"), "1 track waits"),
    ],
)
def test_a_count(number: int, words: tuple[str, ...], told: str) -> None:
    assert count_of(number, *words) == told
