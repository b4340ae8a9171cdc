"""Titles as the world writes them, taken apart: readings, brackets, credits, decoration.

Owns what the parts of an upload's title look like. Refuses to know which song is wanted: a title
has many readings, and it is for the score to say which of them fits.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from shanty.matching.part_numbers import spell_parts
from shanty.matching.words import find_versions, is_decoration
from shanty.music.names import SPACELESS, fold_name, join_letters, scripts_of

_ROUND = str.maketrans("[]{}【】〔〕［］｛｝（）〖〗", "()" * 8)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』《》〈〉＂″〝〞〟", '"'))
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
# Pictures of what a song is played on: a title with one may mean that.
_PICTURES = {
    "🎷": "saxophone", "🎸": "guitar", "🎹": "keyboard", "🎺": "trumpet", "🎻": "violin",
    "🥁": "drum", "🪘": "drum", "🪇": "maracas", "🪈": "flute", "🪉": "harp", "🪕": "banjo",
    "🪗": "accordion",
}  # fmt: skip
_PLAYED_ON = str.maketrans({char: f" ({name} picture) " for char, name in _PICTURES.items()})

_TABLE: dict[int, str | int] = {**_ROUND, **_QUOTES, **_DASHES, **_PLAYED_ON}

_LONGEST_TITLE = 500  # a site has 100 letters; what is longer is to make us work

_BRACKETED = re.compile(r"\(([^()]*)\)")
# "w Bo & Ida" is with them; Polish is "w Sopocie" at a place.
_CREDIT_WORDS = (
    r"(?:(?:feat|ft|featuring|with|prod|produced|con|avec|mit)\b|w/|w(?=\s[^()]+\s(?:&|and)\s))"
)
_CREDIT = re.compile(rf"^\W*{_CREDIT_WORDS}", re.IGNORECASE)
# The rest of a piece of a title, up to the next bracket or separator.
_SAME_PIECE = r"(?:(?!\s[-|~•]\s|\s?[()|]).)*"
_TRAILING_CREDIT = re.compile(rf"\s(?:feat\.?|ft\.?|featuring)\s{_SAME_PIECE}", re.IGNORECASE)
_FROM = re.compile(r"\s-\s+(?:from|taken from|music from)\s.*$", re.IGNORECASE)
# What a song is from, in quotes: 'from the film "Lanterns"'.
_QUOTED_SOURCE = re.compile(
    r"\s(?:taken from|music from|from|aus|из|z|dal|da|de|del|du)\s+(?:[^\W\d]+\s+){0,3}\"[^\"]+\"",
    re.IGNORECASE,
)
# "from her album Lanterns", "from the Lanterns LP".
_RECORD = r"(?:album|lp|ep|cd|film|movie|soundtrack|single|disco|álbum|alben|albumu|альбома)"
_RECORDED = re.compile(rf"\b{_RECORD}\b", re.IGNORECASE)
_NAMED_SOURCE = re.compile(
    r"\s(?:taken |music )?(?:from|aus|из|z|dal|del|du)\s"
    rf"(?={_SAME_PIECE}\b{_RECORD}\b){_SAME_PIECE}",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"^\W*(?:@|(?:taken |music )?from\s)", re.IGNORECASE)
_SEPARATOR = re.compile(
    # "Song acoustic cover by Ida" needs none.
    r"\s+(?=(?:(?:official|acoustic|full)\s+)?(?:cover|covered)\s+by\s)|"
    r"\s+=\s+|\s*-\s+|\s+-\s*|\s*--\s*|\s*[|~•]+\s*|:\s+|\s+//+\s+|\s+/\s+|\s*_\s*|\s+(?:[★☆♪♫♬►▶◆◇■□●○※]+|\.{3,}|…)\s+"
)
_QUOTED = re.compile(r"[\"'](?=\S)(.+)(?<=\S)[\"']")
_ONE_QUOTED = re.compile(r'"(?=\S)([^"]+)(?<=\S)"')
_TIGHT = re.compile(r"(?<=[^\W_])-+(?=[^\W_])|\s+by\s+", re.IGNORECASE)
_MOST = 4  # more of them is no title but something to make us work
_REMASTER = re.compile(r"(?:\b(?:19|20)\d\d\s+)?\bremaster(?:ed)?\b(?:\s+(?:19|20)\d\d\b)?", re.I)
# ": II. Allegro", "Act 3: ", opus and catalogue numbers.
_ACT = r"(?i:act|acte|atto|akt)\s[IVX\d]+"
_WORK = re.compile(
    rf":\s(?:[IVX]+\.\s|{_ACT})|\b{_ACT}:\s"
    r"|\b(?i:op|woo|bwv|hwv|twv|kv|rv|hob|sz)\b\.?\s?\d|\b[BDKLS]\.\s?\d"
)
# "45 rpm", "45 giri"; not what was played at another speed: "45 to 33 RPM".
_RECORD_SPEED = re.compile(
    r"(?<!to )(?<!of )\b(33|45|78) (?:rpm|tours|giri|toeren|об/мин|回転)(?!\w)", re.IGNORECASE
)
# "2009年リマスター": the year is a word of its own in other languages.
_REMASTER_OF_YEAR = re.compile(r"((?:19|20)\d\d)[年년]?\s?(?=リマスター|리마스터)")
_HASHTAG = re.compile(r"(?<=\s)#[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a title: this part is the song's title, and that is the rest."""

    title: str
    rest: str


@lru_cache(maxsize=4096)
def normalize_title(title: str) -> str:
    """The same title with one kind of brackets, quotes and dashes, and nothing invisible."""
    text = unicodedata.normalize("NFC", title[:_LONGEST_TITLE].translate(_TABLE))
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in join_letters(text))
    text = " ".join(text.split())
    if not text.isascii():
        text = _REMASTER_OF_YEAR.sub(r"\1 ", text)
    return _RECORD_SPEED.sub(r"\1rpm", text)


@lru_cache(maxsize=4096)
def read_title(title: str) -> tuple[Reading, ...]:
    """The ways to read a normalised title: whole, each side of each separator, each part between
    two, and what is quoted.
    """
    readings = [Reading(title, "")]
    separators = _separators(title)
    for start, end in _outermost(separators):
        left, right = title[:start], title[end:]
        readings += [Reading(right, left), Reading(left, right)]
    if 1 < len(separators) <= 8:
        parts = _split_at(title, separators)
        readings += [
            Reading(part, " ".join(parts[:number] + parts[number + 1 :]))
            for number, part in enumerate(parts)
        ]
    if not separators and (bracketed := _BRACKETED.search(title)) and not bracketed[1].isascii():
        # East Asia's titles stand in brackets: "Ida【提灯】Official Video".
        readings.append(Reading(bracketed[1], _BRACKETED.sub(" ", title, count=1)))
    quoted = _QUOTED.search(title)
    for found in ([quoted] if quoted else []) + [*islice(_ONE_QUOTED.finditer(title), _MOST)]:
        rest = f"{title[: found.start()]} {title[found.end() :]}"
        readings.append(Reading(found[1], rest))
    # Where nothing else parts them: "Lanterns-Ida", "Lanterns by Ida".
    for found in islice(_TIGHT.finditer(title), _MOST if len(separators) < _MOST else 0):
        left, right = title[: found.start()], title[found.end() :]
        readings += [Reading(left, right), Reading(right, left)]
    return tuple(reading for reading in readings if reading.title.strip())


def _outermost(separators: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The separators at which a title is read as two: of many, the first and the last ones."""
    return separators if len(separators) <= _MOST else [*separators[:2], *separators[-2:]]


def _separators(title: str) -> list[tuple[int, int]]:
    """Where the separators of a title begin and end; what is in brackets separates nothing."""
    masked = _BRACKETED.sub(lambda found: "x" * len(found[0]), title) if "(" in title else title
    return [found.span() for found in _SEPARATOR.finditer(masked)]


def _split_at(title: str, places: list[tuple[int, int]]) -> list[str]:
    starts, ends = [0, *(end for _, end in places)], [*(start for start, _ in places), len(title)]
    return [title[start:end] for start, end in zip(starts, ends, strict=True)]


@lru_cache(maxsize=4096)
def split_title(title: str) -> tuple[tuple[str, bool], ...]:
    """A normalised title cut at its separators and brackets: the pieces, each with whether it
    stands in brackets. A bracket that is never closed goes to the end.
    """
    places = _separators(title)
    pieces = list[tuple[str, bool]]()
    for part in _split_at(title, places):
        for number, piece in enumerate(_BRACKETED.split(part)):
            outside, bracket, inside = piece.partition("(") if number % 2 == 0 else ("", "(", piece)
            pieces += [(outside, False)] * bool(outside.strip())
            pieces += [(inside, True)] * bool(bracket and inside.strip())
    return tuple(pieces)


@lru_cache(maxsize=8192)
def title_forms(title: str) -> tuple[str, ...]:
    """A title folded: whole, without what is only decoration, without anything in brackets, and
    up to the first of them.
    """
    plain, low = title, title.lower()
    # Asking first is several times as fast, and most titles have none of these.
    if "#" in low:
        plain = _HASHTAG.sub(" ", plain)
    if "remaster" in low:
        plain = _REMASTER.sub(" ", plain)
    if "(" in low:
        plain = _BRACKETED.sub(_drop_decoration, plain)
    plain = _drop_source(plain)
    if "f" in low:
        plain = _FROM.sub("", _TRAILING_CREDIT.sub("", plain))
    forms = {title, plain}
    if "(" in plain or ")" in plain:
        forms |= {_BRACKETED.sub(" ", plain), plain.partition("(")[0]}
    folded = {spell_parts(fold_name(form)) for form in forms}
    folded |= {_say_once(form) for form in folded}
    if not title.isascii():
        folded |= {part for form in folded for part in _in_one_script(form)}
    return tuple({*folded, *map(_strip_decoration, folded)} - {""})


def _say_once(folded: str) -> str:
    """A title that says the same several times, once: "let it snow let it snow"."""
    words = folded.split()
    if not words or words[0] not in words[2:]:
        return folded
    for period in range(2, len(words) // 2 + 1):
        if len(words) % period == 0 and words == words[:period] * (len(words) // period):
            return " ".join(words[:period])
    return folded


def _in_one_script(folded: str) -> tuple[str, ...]:
    """The parts of a title in two scripts, one of them without spaces: "提灯 lanterns"."""
    words = folded.split()
    spaceless = [word for word in words if scripts_of(word) and scripts_of(word) <= SPACELESS]
    others = [word for word in words if word not in spaceless]
    is_pair = spaceless and others and all(scripts_of(word) == {"LATIN"} for word in others)
    return (" ".join(spaceless), " ".join(others)) if is_pair else ()


def _drop_decoration(brackets: re.Match[str]) -> str:
    inside = brackets[1]
    is_all = all(is_decoration(word) or word.isdecimal() for word in fold_name(inside).split())
    return " " if is_all or _CREDIT.match(inside) else brackets[0]


def _strip_decoration(folded: str) -> str:
    """Without decoration at its end: ``official video``, ``m v``, ``hd``."""
    words = folded.split()
    while len(words) > 1 and is_decoration(words[-1]):
        words.pop()
    return " ".join(words)


@lru_cache(maxsize=4096)
def qualifiers_of(title: str) -> tuple[str, ...]:
    """The parts of a normalised title that say which version it is: those in brackets, with them,
    and those after a dash.
    """
    outside = _BRACKETED.sub(" ", title)
    after_dashes = re.split(r"\s*-\s+|\s-|[|~•]|\s//+\s", outside)[1:]
    bracketed = [found[0] for found in _BRACKETED.finditer(title)]
    return tuple(part for part in (*bracketed, *after_dashes) if find_versions(part))


def _drop_source(title: str) -> str:
    """A title without what it is from, if that is in quotes or called an album, a film or the like,
    and says nothing of a version.
    """
    if not ('"' in title or _RECORDED.search(title)):
        return title
    for pattern in (_QUOTED_SOURCE, _NAMED_SOURCE):
        title = pattern.sub(lambda found: found[0] if find_versions(found[0]) else " ", title)
    return title


def is_credit(part: str) -> bool:
    """Whether a part of a normalised title says who is credited, or what the song is from."""
    return bool(_CREDIT.match(part)) or is_source(part)


def is_source(part: str) -> bool:
    """Whether a part of a normalised title says what the song is from, or names an account."""
    return bool(_SOURCE.match(part))


def names_work(title: str) -> bool:
    """Whether a normalised title looks like that of classical music, of a work or a part of it."""
    return bool(_WORK.search(title))


def drop_credits(title: str) -> str:
    """A normalised title without those who are credited in it besides the artist."""
    without = _BRACKETED.sub(lambda found: " " if _CREDIT.match(found[1]) else found[0], title)
    return _TRAILING_CREDIT.sub("", _drop_source(without))


def credits_of(title: str) -> tuple[str, ...]:
    """Who is credited in a normalised title besides the artist: "feat. Ida", as it is written."""
    found = [one[1] for one in _BRACKETED.finditer(title) if _CREDIT.match(one[1])]
    trailing = _TRAILING_CREDIT.search(_BRACKETED.sub(" ", title))
    return (*found, trailing[0].strip()) if trailing else tuple(found)
