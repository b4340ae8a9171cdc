"""Search in the made-up catalogue: the part of Lucene's query language that clients send.

Owns splitting a query into clauses, and scoring an entity against them. Refuses to know entities:
each comes as a mapping of field name to text. Source of the fields:
https://musicbrainz.org/doc/MusicBrainz_API/Search
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# A field name, then a quoted phrase, a group in parentheses, or one word; a backslash escapes.
_CLAUSE = re.compile(
    r"""(?:(?P<field>[a-z]+):)?
        (?:"(?P<phrase>(?:\\.|[^"\\])*)" | \((?P<group>(?:\\.|[^)\\])*)\)
         | (?P<word>(?:\\.|\S)+))""",
    re.VERBOSE,
)
Clause = tuple[str, frozenset[str]]


def split_words(text: str) -> frozenset[str]:
    """The words of a text without case and accents. CJK has no spaces: each character is a word."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("ø", "o")
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    words: list[str] = []
    for word in re.findall(r"\w+", plain):
        words += list(word) if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", word) else [word]
    return frozenset(words)


def parse_query(query: str) -> tuple[list[Clause], bool]:
    """The clauses (field or "", words) of a query, and whether all of them must match."""
    clauses: list[Clause] = []
    for match in _CLAUSE.finditer(query):
        if match["word"] in {"AND", "OR", "NOT"}:
            continue
        text = match["phrase"] or match["group"] or match["word"] or ""
        words = split_words(re.sub(r"\\(.)", r"\1", text))
        if words:
            clauses.append((match["field"] or "", words))
    return clauses, " AND " in query


def score_fields(clauses: list[Clause], is_strict: bool, fields: Mapping[str, str]) -> int:
    """How well the fields match, 0 to 100. A field that the entity lacks matches nothing.

    A word without a field is looked for in every field. If two texts have the same hits, the longer
    one scores lower, so that an exact title comes before one that only contains it.
    """
    if not clauses:
        return 0
    everything = frozenset[str]().union(*map(split_words, fields.values()))
    hits, asked, seen = 0, 0, set[str]()
    for field, words in clauses:
        text = split_words(fields.get(field, "")) if field else everything
        found = len(words & text)
        if is_strict and not found:
            return 0
        hits, asked = hits + found, asked + len(words)
        seen |= words
    if not hits:
        return 0
    main = split_words(next(iter(fields.values()), ""))
    surplus = len(main - seen) / max(len(main), 1)
    return max(1, round(100 * hits / asked - 20 * surplus))
