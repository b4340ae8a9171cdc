"""The numbers in titles: what tells a part, a movement or a prelude from the next one.

A title counts things in order: opus 1, number 2. Owns how that is written, in which languages (the
words are in numbers.toml), and when two titles count differently. Refuses to know what else is
wanted.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from shanty.matching.cjk_numbers import spell_cjk_counts
from shanty.matching.keys import KEY_WORDS
from shanty.music.names import APOSTROPHES, SIGNS, drop_accents, fold_name

_ROMAN = re.compile(r"(?=[clxvi])(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"c": 100, "l": 50, "x": 10, "v": 5, "i": 1}
# Alone, these are words or names more often than numbers.
_WEAK = {"i", "v", "xx", "vi", "xi", "li", "ci", "cc", "cv", "xl", "cl", "lv", "lx"}
_MOST_DIGITS = 6
_YEARS = range(1900, 2100)  # of a release, a concert, a remaster: they part nothing
_SIZES = {"240", "320", "360", "480", "720", "1080", "1440", "2160"}  # of a picture, of a bit rate
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)+|\d+(?:st|nd|rd|th|ers?|res?|e?me|[eoaºª])?(?![^\W_])"
    rf"|(?:[^\W_]|[{SIGNS}])+|[^\w\s]"
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|ers?|res?|e?me|[eoaºª])?")
_LETTERED = re.compile(r"(\d+)([b-h])")
_LETTER = re.compile(r"[a-hx]")
# Kinds that people use for one another: "No. 2" and "Part 2".
_LOOSE = {"", "part", "movement", "number"}
# Nothing is missing where a title does not name these, if it counts the rest.
_OPTIONAL = {"opus", "catalogue", "key"}
_IN_ORDER = {"part", "movement", "act", "scene", "chapter"}
# A title that counts these, and the wanted one does not, has more than one part.
_TELLING = {"part", "movement", "chapter", "side"}
_NO_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, ""))


@dataclass(frozen=True, slots=True)
class Count:
    """A number in a title: of which kind of thing, and which one; ``word`` is as it is written.

    ``is_first``: it stands at the beginning of the title, as the number of a track does;
    ``is_last``: at its end.
    """

    kind: str
    value: str
    word: str
    is_first: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class _Words:
    things: Mapping[str, str]
    parts: frozenset[str]
    cardinals: Mapping[str, int]
    plain: frozenset[str]
    ordinals: Mapping[str, int]
    totals: frozenset[str]
    tens: Mapping[str, int]
    compound: re.Pattern[str]


@cache
def _words() -> _Words:
    document = tomllib.loads(
        resources.files("shanty.matching").joinpath("numbers.toml").read_text(encoding="utf-8")
    )
    cardinals = _numbered(document["cardinals"])
    tens = {word: 10 * number for word, number in _numbered(document["tens"], 2).items()}
    things = {
        fold_name(word): kind
        for kind, by_language in document["things"].items()
        for words in by_language.values()
        for word in words
    }
    return _Words(
        things=things,
        parts=frozenset(word for word, kind in things.items() if kind == "part"),
        cardinals=cardinals,
        plain=frozenset(document["cardinals"]["en"]),
        ordinals=_numbered(document["ordinals"]),
        totals=frozenset(document["totals"]["all"]),
        tens=tens,
        compound=_find_compounds(tens, cardinals),
    )


def _find_compounds(tens: Mapping[str, int], cardinals: Mapping[str, int]) -> re.Pattern[str]:
    """Finds "twenty-four" and "treinta y dos", in lower case and without accents."""
    ones = "|".join(word for word, number in cardinals.items() if number < 10)
    return re.compile(rf"\b({'|'.join(tens)})(?:-| | y | e | et | och )({ones})\b")


def _numbered(by_language: Mapping[str, Sequence[str]], first: int = 1) -> dict[str, int]:
    return {
        fold_name(word): number
        for words in by_language.values()
        for number, word in enumerate(words, first)
        if len(word) > 2 or not word.isascii()
    }


@lru_cache(maxsize=8192)
def counts_of(text: str) -> tuple[Count, ...]:
    """What a text counts, in order; years too."""
    tokens = _TOKEN.findall(_plain(text))
    found, number = list[Count](), 0
    while number < len(tokens):
        used, counts = _read_at(tokens, number)
        found += counts
        number += used
    return tuple(found)


@lru_cache(maxsize=8192)
def spell_counts(text: str) -> str:
    """A text in lower case with its counts in digits: ``suite 2`` of ``Suite: Zweiter Satz``."""
    tokens = _TOKEN.findall(_plain(text))
    spelt, number = list[str](), 0
    while number < len(tokens):
        used, counts = _read_at(tokens, number)
        spelt += [one.value for one in counts] or [tokens[number]]
        number += used
    return " ".join(word for word in spelt if any(map(str.isalnum, word)))


def _plain(text: str) -> str:
    """A text in lower case without accents; CJK counting in the words of numbers.toml."""
    if text.isascii():
        return _join_tens(text.casefold().replace("'", ""))
    text = spell_cjk_counts(text).translate(_NO_APOSTROPHES)
    folded = drop_accents(unicodedata.normalize("NFKD", text.casefold()))
    return _join_tens(unicodedata.normalize("NFC", folded).casefold())


def _join_tens(plain: str) -> str:
    """A plain text with numbers of two words in digits: ``24`` for ``twenty-four``."""
    words = _words()
    return words.compound.sub(
        lambda found: str(words.tens[found[1]] + words.cardinals[found[2]]), plain
    )


def _read_at(tokens: Sequence[str], at: int) -> tuple[int, list[Count]]:
    """What is counted from a token on, and how many tokens that took."""
    words = _words()
    token = tokens[at]
    kind = words.things.get(token, "")
    if kind:
        used, counts = _read_after(tokens, at + 1, kind)
        if counts:
            return used + 1, counts
        return 1, []
    value = _value(token)
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    skipped = 2 if after == "." else 1
    thing = tokens[at + skipped] if at + skipped < len(tokens) else ""
    is_ordinal = token in words.ordinals or bool(
        value and (after == "." or words.things.get(thing) in _IN_ORDER or not token.isdecimal())
    )
    if is_ordinal and thing in words.things and token not in words.cardinals:
        # "Part 2" in "1. Part 2" is for itself.
        is_counted_after = bool(_read_after(tokens, at + skipped + 1, words.things[thing])[1])
        ordinal = value or str(words.ordinals.get(token, ""))
        if ordinal and not is_counted_after:
            return skipped + 1, [Count(words.things[thing], ordinal, token)]
    if value and (token not in words.cardinals or token in words.plain):
        return 1, [Count("", value, token, is_first=at == 0, is_last=not after)]
    return 1, []


def _read_after(tokens: Sequence[str], at: int, kind: str) -> tuple[int, list[Count]]:
    """What follows a word for what is counted: one number or several, and how many there are."""
    words = _words()
    counts, begin = list[Count](), at
    while at < len(tokens):
        token = tokens[at]
        if not counts and (token in ".:#-°º" or token == "the" or token in words.things):
            at += 1
            if token in words.things and at - begin > 1:
                return 0, []
            continue
        value = _value(token) or str(words.cardinals.get(token, words.ordinals.get(token, "")))
        if not value and not counts and _LETTER.fullmatch(token):
            value = "10" if token == "x" else token
        if token in ("first", "middle", "last") and not value:
            value = token
        if value:
            counts.append(Count(kind, value, token))
            at += 1
        elif counts and token in words.totals and at + 1 < len(tokens) and _value(tokens[at + 1]):
            at += 2
        elif counts and token in "-–&+,~" and at + 1 < len(tokens) and _value(tokens[at + 1]):
            at += 1
        else:
            break
    return (at - begin, counts) if counts else (0, [])


def _value(token: str) -> str:
    """The number that a token stands for, in digits; an empty text if it is no number."""
    if ordinal := _ORDINAL.fullmatch(token):
        return str(int(ordinal[1])) if len(ordinal[1]) <= _MOST_DIGITS else ""
    if token[0].isdecimal():
        lettered = _LETTERED.fullmatch(token)
        is_decimal = all(part.isdecimal() for part in re.split("[.,]", token))
        return token.replace(",", ".") if lettered or is_decimal else ""
    if token in _words().plain:
        return str(_words().cardinals[token])
    is_roman = token not in ("x", "l", "c") and _ROMAN.fullmatch(token)
    return str(_read_roman(token)) if is_roman else ""


def _read_roman(token: str) -> int:
    values = [_ROMAN_VALUES[char] for char in token]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def find_other_count(
    wanted: Sequence[Count], found: Sequence[Count], beside: Collection[str], text: str
) -> str:
    """What a title counts otherwise than the wanted one, for people; nothing if they agree.

    ``beside`` are the numbers of artist, album and disambiguation: they say nothing. ``text`` is
    the folded title.
    """
    for kind in dict.fromkeys(one.kind for one in wanted if one.kind):
        ours = [one.value for one in wanted if one.kind == kind]
        theirs = list(dict.fromkeys(one.value for one in found if one.kind == kind))
        if theirs and list(dict.fromkeys(ours)) != theirs:
            return f"{kind} {', '.join(theirs)}"
    missing, extra = _match(wanted, found)
    extra = [
        one
        for one in extra
        if one.value not in beside and not _is_year(one) and one.value not in _SIZES
    ]
    strong = [
        one
        for one in missing
        if not (one.kind in _OPTIONAL and len(wanted) > len(missing))
        and not _is_year(one)
        and f" {one.word} " not in f" {text} "
        and (one.kind or one.word not in _WEAK or (one is wanted[-1] and one.is_last))
    ]
    telling = [
        one
        for one in extra
        if one.kind in _TELLING and one.kind not in {each.kind for each in wanted}
    ]
    others = [one for one in extra if one.word not in _WEAK or one.kind]
    if strong and others:
        return ", ".join(one.value for one in others)
    if strong:
        return f"without {', '.join(one.value for one in strong)}"
    if telling:
        return ", ".join(f"{one.kind} {one.value}" for one in telling)
    years = [one for one in missing if _is_year(one) and not one.kind]
    other_years = [one for one in found if _is_year(one)]
    if years and other_years and not any(one.value in f" {text} " for one in years):
        return ", ".join(one.value for one in other_years)
    return ""


def _match(wanted: Sequence[Count], found: Sequence[Count]) -> tuple[list[Count], list[Count]]:
    """What is counted on one side only. What is of no kind is in the same order on both."""
    left = list(found)
    missing = list[Count]()
    start = 0
    for one in wanted:
        same = [
            number
            for number, other in enumerate(left)
            if other.value == one.value and _is_same_kind(one.kind, other.kind)
        ]
        exact = [number for number in same if one.kind and left[number].kind == one.kind]
        in_order = [number for number in same if number >= start]
        if not (exact or in_order):
            missing.append(one)
            continue
        place = (exact or in_order)[0]
        del left[place]
        if not exact:
            start = place
    return missing, left


def _is_same_kind(one: str, other: str) -> bool:
    return one == other or not one or not other or {one, other} <= _LOOSE


def _is_year(count: Count) -> bool:
    return not count.kind and is_year(count.value)


@lru_cache(maxsize=8192)
def numbers_of(text: str) -> frozenset[int]:
    """The whole numbers in a text, without years and without the number of a track before it."""
    return frozenset(
        int(one.value)
        for one in counts_of(text)
        if one.value.isdecimal() and not _is_year(one) and not _is_track(one)
    )


def is_year(word: str) -> bool:
    """Whether a word is a year, of a release or a concert."""
    return word.isdecimal() and len(word) == 4 and int(word) in _YEARS


def _is_track(count: Count) -> bool:
    return count.is_first and count.word.startswith("0")


def follows_title(rest: str) -> str:
    """The number right behind the wanted title, which is a ``|``: ``2`` of ``| 2``."""
    _, found, after = rest.partition("| ")
    token = after.split(" ", 1)[0] if found else ""
    if not token or token in _SIZES:
        return ""
    value = _value(token)
    return "" if is_year(value) else value


def is_counted_word(word: str) -> bool:
    """Whether a folded word is a number, for what is counted, or of a key."""
    words = _words()
    is_number = bool(_value(word)) or word in words.things or word in words.ordinals
    return is_number or word in KEY_WORDS


def is_count(text: str) -> bool:
    """Whether a text is nothing but a number and what it counts: ``Pts. 1-5``, ``Vol. II``."""
    things = {word for word in fold_name(text).split() if not _value(word)}
    words = _words()
    is_all = things <= words.things.keys() | words.ordinals.keys() | words.cardinals.keys()
    return is_all and any(not _is_year(one) for one in counts_of(text))


def spell_parts(folded: str) -> str:
    """A folded text with parts in one spelling: ``pts i v`` is ``part 1 5``."""
    words = folded.split()
    parts = _words().parts
    if parts.isdisjoint(words):
        return folded
    spelt, is_counting = list[str](), False
    for word, after in zip(words, [*words[1:], ""], strict=True):
        number = _value(word) if is_counting else ""
        is_part = word in parts and bool(after and _value(after))
        spelt.append("part" if is_part else number or word)
        is_counting = is_part or bool(number)
    return " ".join(spelt)


def count_otherwise(name: str) -> frozenset[str]:
    """A folded name with its number in digits or in words: ``4 seasons``, ``four seasons``.

    A word alone is no number: "Once" is not 11.
    """
    words, cardinals = name.split(), _words().cardinals
    if len(words) == 1:
        return frozenset()
    found = set[str]()
    for place, word in enumerate(words):
        before, after = words[:place], words[place + 1 :]
        if word in cardinals:
            found.add(" ".join((*before, str(cardinals[word]), *after)))
        elif word.isdecimal():
            found.update(
                " ".join((*before, other, *after))
                for other, number in cardinals.items()
                if str(number) == word
            )
    return frozenset(found)
