"""Names and titles made comparable, and how alike two of them are.

Refuses to know what a name stands for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from shanty.music.entities import Artist

# Greek and Cyrillic letter by letter, roughly as passports have it. Kana and Hangul need no table:
# the names that Unicode gives to their characters are their romanisation.
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёієїґ"
_AS_LATIN = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya e i ie i g"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψως"
_AS_LATIN += " a v g d e z i th i k l m n x o p r s t y f ch ps o s"
_ROMAN = dict(zip(_CYRILLIC + _GREEK, _AS_LATIN.replace("_", "'").split(), strict=True))
# Letters that Unicode does not take apart into a letter and an accent, though people leave it out.
# Arabic and Persian have two letters where people type either; a tatweel only stretches a word.
_PLAIN = str.maketrans(
    dict(zip("đðøłıħىیکةँ", "ddolihييكهं", strict=True)) | {"æ": "ae", "œ": "oe", "ـ": ""}
)
APOSTROPHES = "'’‘`´′＇ʹʻʼʾʿ"
"""All that is typed for one, or typeset: primes and the letters of Hawaiian and Arabic, too."""
_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES) | {"″": '"'})
# Vowel signs of South and South East Asia: Unicode calls them marks, as it does accents, but they
# are letters. A nukta is left out as an accent is.
_NUKTA = 7
SIGNS = "".join(
    char
    for char in map(chr, range(0x900, 0x1800))
    if unicodedata.category(char).startswith("M") and unicodedata.combining(char) != _NUKTA
)
_NO_WORD = re.compile(rf"(?:[^\w{SIGNS}]|_)+")
_INSIDE = re.compile(rf"(?<=[{SIGNS}])[\u200c\u200d]+")
# The same for ASCII, several times as fast.
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}
_CHANNEL_NOISE = re.compile(
    r"(?:\s*-\s*topic|vevo|\s*tv|\s+(?:music|online|musica|música|musik|musique)"
    r"|\s*(?:official|oficial|officiel(?:le)?|ufficiale|offiziell|resmi|официальный)"
    r"(?:\s+(?:channel|music|site))?"
    r"|\s+(?:canal|channel|kanal|канал)(?:\s+(?:oficial|officiel(?:le)?|ufficiale))?)$",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"\s*-\s*topic$", re.IGNORECASE)
_LEAST_LETTERS = 3  # shorter aliases are initials: they are in anything
LINKS = (
    r"(?:and|with|feat|featuring|ft|vs|x|et|avec|y|con|e|com|und|mit|en|met|och|og|med|ja|i|и|с"
    r"|ve|та|και|और)"
)
"""Words between two who play together, as a pattern."""
BY = frozenset(
    {"by", "por", "par", "von", "door", "av", "af", "от", "від", "od", "przez", "oleh", "bởi"}
)
"""Words before the name of whoever plays."""
HIS = frozenset({
    "his", "her", "their", "su", "sus", "son", "sa", "leur", "sein", "seinem", "suo", "ihr",
    "ihrem",
})  # fmt: skip
"""Words between somebody's name and the band that they lead."""
_LINK = re.compile(LINKS)
_LINKED = re.compile(rf" {LINKS} ")
_ARTICLE = re.compile(r"(?:the|an?|die|der|das|los|las|les|le|la|el|il|gli|os|as|de|het) ")
_ENSEMBLE = (
    r"(?:(?: (?:big|large|own|string|symphony|dance|jazz|blues|rock|soul))*"
    r" (?:all stars|orchestras?|orch|bands?|trio|quartett?o?|quintett?o?|sextett?o?|septett?o?"
    r"|octett?o?|combo|ensemble|group|chorus|choir|singers|players|friends|orchest[er]r|orkester"
    r"|orkest|orquestr?a|kapelle|conjunto|grupo|gruppo|gruppe|cuarteto|quarteto|quinteto|оркестр"
    r"|трио|квартет|ансамбль|והתזמורת|ותזמורתו|ולהקתו|وفرقته|وفرقتها|واوركستراه))+"
)
ENSEMBLE = re.compile(f"{_ENSEMBLE}$")
"""What a band is called behind its leader's name."""
ENSEMBLE_BEHIND = re.compile(rf"{_ENSEMBLE}(?= )")
_SHORT_WITHOUT_ARTICLE = 6  # "Doors" is in many titles, "Beatles" is not
SPACELESS = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"}
)
"""Scripts whose words are found anywhere in a text, for there may be no spaces around them."""
_VOICED = "\u3099\u309a"  # no accents: they make another kana of one
_LETTERS = frozenset(_VOICED + SIGNS)
_SPELT_OUT = re.compile(r"(?:HIRAGANA|KATAKANA) LETTER (?:SMALL )?(\w+)|HANGUL SYLLABLE (\w+)")


@lru_cache(maxsize=8192)
def fold_name(text: str) -> str:
    """Lower case without accents and punctuation; the text itself when nothing else is in it."""
    folded = text.casefold()
    if not folded.isascii():
        # Before they come apart: Unicode has a space in some.
        folded = unicodedata.normalize("NFKD", join_letters(folded).translate(_APOSTROPHES))
        folded = drop_accents(folded)
        # Again: a folded letter may come out of a compatibility form.
        folded = unicodedata.normalize("NFC", folded.casefold()).translate(_PLAIN)
    # Last, for a wide "＆" comes out as this one.
    letters = folded.replace("&", " and ").translate(_APOSTROPHES)
    spaced = letters.translate(_SPACED) if letters.isascii() else _NO_WORD.sub(" ", letters)
    return " ".join(spaced.split()) or " ".join(text.casefold().split())


def drop_accents(decomposed: str) -> str:
    """A decomposed text without accents; with the marks that are letters of their own."""
    return decomposed.translate(_WITHOUT_ACCENTS)


class _LetterTable(dict[int, str]):
    """A table for ``str.translate`` that fills itself: each letter is looked up once."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        super().__init__()
        self._replace = replace

    def __missing__(self, code: int) -> str:
        self[code] = self._replace(chr(code))
        return self[code]


def _drop_accent(char: str) -> str:
    return "" if unicodedata.combining(char) and char not in _LETTERS else char


def _romanize_letter(char: str) -> str:
    spelt = _SPELT_OUT.match(unicodedata.name(char, ""))
    return (spelt[1] or spelt[2]).lower() if spelt else _ROMAN.get(char, char)


_WITHOUT_ACCENTS = _LetterTable(_drop_accent)
_ROMAN_LETTERS = _LetterTable(_romanize_letter)


def join_letters(text: str) -> str:
    """A text without what only tells a screen how to join two letters of South Asia."""
    return _INSIDE.sub("", text)


@lru_cache(maxsize=1024)
def romanize(folded: str) -> str:
    """A folded name in Latin letters, as far as its letters say how; else as it is."""
    if folded.isascii():
        return folded
    return " ".join(folded.translate(_ROMAN_LETTERS).replace("'", "").split())


@lru_cache(maxsize=8192)
def scripts_of(folded: str) -> frozenset[str]:
    """Which scripts a folded name is written in, as Unicode calls them: LATIN, CJK, HANGUL."""
    letters = {char for char in folded if char.isalpha()}
    if folded.isascii():
        return frozenset({"LATIN"} if letters else ())
    # The long vowel of both kana is "KATAKANA-HIRAGANA".
    names = (unicodedata.name(char, "UNKNOWN") for char in letters)
    return frozenset(name.split()[0].partition("-")[0] for name in names)


def is_latin(text: str) -> bool:
    """Whether all letters of a text are Latin ones, with accents or without."""
    return scripts_of(fold_name(text)) <= {"LATIN"}


def latin_names(artist: Artist) -> tuple[str, ...]:
    """What an artist whose name has other letters is called in Latin ones, as far as we know.

    MusicBrainz writes sort names in Latin letters, whatever the artist's script:
    https://musicbrainz.org/doc/Style/Artist/Sort_Name
    """
    if is_latin(artist.name):
        return ()
    known: dict[str, str] = {}
    for name in (" ".join(reversed(artist.sort_name.split(", "))), *artist.aliases):
        folded = fold_name(name)
        if len(folded) >= _LEAST_LETTERS and scripts_of(folded) == {"LATIN"}:
            known.setdefault(folded, name)
    return tuple(known.values())


def drop_article(folded: str) -> str:
    """A folded text without its article: ``golden age`` of ``the golden age``."""
    return _ARTICLE.sub("", folded, count=1) if _ARTICLE.match(folded) else folded


def without_article(folded: str) -> str:
    """A folded name without its article: ``the beatles`` is ``beatles``; short ones keep it."""
    bare = drop_article(folded)
    return bare if " " in bare or len(bare) >= _SHORT_WITHOUT_ARTICLE else folded


def is_link(word: str) -> bool:
    """Whether a folded word stands between two who play together."""
    return bool(_LINK.fullmatch(word))


def split_linked(folded: str) -> list[str]:
    """The names in a folded one that words between two who play together join."""
    return _LINKED.split(folded)


def leaders_of(folded: str) -> tuple[str, ...]:
    """The names in a folded one that people use alone: ``billie holiday`` of ``billie holiday and
    her orchestra``. One word alone is none: it may be anybody. With its article it is a band.
    """
    split = split_linked(folded)
    pieces = [ENSEMBLE.sub("", without_article(piece)) for piece in split]
    pieces += [piece for piece in split if piece.startswith("the ")]
    return tuple(piece for piece in pieces if " " in piece and piece != folded)


def bare_channel(name: str) -> str:
    """A channel's name without what it says of the channel: "X - Topic" and "XVEVO" are X."""
    return _CHANNEL_NOISE.sub("", name)


def topic_artist(channel: str) -> str:
    """Whose uploads a channel generates from the label's own files: "X - Topic"; else nothing."""
    return _TOPIC.sub("", channel) if _TOPIC.search(channel) else ""


def best_ratio(found: Iterable[str], wanted: Sequence[str], least: float = 0.0) -> float:
    """How alike the two most alike of them are: 0 to 1; 0 if that is less than ``least``."""
    best, floor = 0.0, 100 * least
    for one in found:
        if one in wanted:
            return 1.0
        for two in wanted:
            # Below the best so far the exact value is of no interest, and is 0.
            best = max(best, fuzz.ratio(one, two, score_cutoff=max(best, floor)))
    return best / 100


def contains(text: str, words: str) -> bool:
    """Whether the words are in the text, as whole words."""
    return bool(words) and f" {words} " in f" {text} "


def count(text: str, words: str) -> int:
    """How often the words are in the text, as whole words."""
    # Doubled spaces, because two neighbours would share one.
    return f" {text} ".replace(" ", "  ").count(f" {words.replace(' ', '  ')} ") if words else 0
