"""How well a search result fits a recording: a number from 0 to 1, and how it came about.

Owns what titles on video sites look like and which versions are not meant. Pure: refuses to know
searching, thresholds (they are settings) and the audio itself.

    score = (0.97 · (0.40 title + 0.25 artist + 0.35 length) + 0.03 cue) · title gate · artist gate
            · 0.5 if the length is far off · 0.4 if it is an unwanted version · 0.85 if the wanted
            version is not named

The gates are what makes it sound: with weights alone, two good parts carry a wrong third over the
threshold (the right length and artist, another song).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from shanty.models import Candidate, Recording

_TITLE_WEIGHT, _ARTIST_WEIGHT, _LENGTH_WEIGHT = 0.40, 0.25, 0.35
_CUE_WEIGHT = 0.03
_TITLE_GATE = 0.8  # a title less alike than this pulls everything down with it
_ARTIST_GATE = 0.75  # what is left when there is no trace of the artist: enough for a review
_WRONG_LENGTH_FACTOR = 0.5
_UNWANTED_VERSION_FACTOR = 0.4
_UNNAMED_VERSION_FACTOR = 0.85
_UNCLEAR_SPLIT_FACTOR = 0.85
_ALIKE = 0.8  # two names are the same
_UNKNOWN = 0.5

# Lengths: sites round to the second; beyond a second the score falls, and is 0 at 15 s more.
# For short tracks both are shares of the length, for there 15 s is a song of its own.
_LEAST_GRACE_SECONDS, _GRACE_SHARE, _MOST_GRACE_SECONDS = 0.25, 0.05, 1.0
_LEAST_FALL_SECONDS, _FALL_SHARE, _MOST_FALL_SECONDS = 1.0, 0.15, 15.0

_VERSIONS = re.compile(
    r"\b(?:(?P<live>live|unplugged|concert|performs|performance|sessions?"
    r"|ao vivo|en vivo|en directo)"
    r"|(?P<remix>remix(?:ed)?|(?<!original )mix|mashup|bootleg|rework|remake|medley)"
    r"|(?P<cover>covers?|covered|tribute|parody|reaction|tutorial|lesson|dance practice)"
    r"|(?P<karaoke>karaoke|backing track|minus one|instrumental|a ?cappella|drumless)"
    r"|(?P<acoustic>acoustic|piano version|orchestral|stripped)"
    r"|(?P<speed>slowed|sped up|speed up|nightcore|daycore|chipmunk)"
    r"|(?P<effect>8d|reverb|bass ?boosted|lo ?fi)"
    r"|(?P<demo>demo|rehearsal|outtake)"
    r"|(?P<length>(?:radio )?edit|extended|\d+ hours?|one hour|looped|loop|snippet|teaser|trailer"
    r"|preview|full album))\b"
)

_NOISE_WORDS = """
    official officiel oficial offizielles original video videoclip clip audio music musik
    musique lyric lyrics letra testo hd hq uhd 4k 8k 1080p 720p 480p mv m v visualizer
    visualiser visual explicit new only full song track album single version remaster
    remastered stereo mono digital high quality on screen with and the of from vevo topic
    ncs release out now free download copyright no
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_CREDIT_SEGMENT = re.compile(r"^\W*(?:feat|ft|featuring|with|prod|produced|w)\b", re.IGNORECASE)
_TRAILING_CREDIT = re.compile(r"\s(?:feat\.?|ft\.?|featuring)\s.*$", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|【([^】]*)】|「([^」]*)」")
_SPLIT = re.compile(r"\s+[-–—―~|:]\s+|\s*[–—―]\s*|:\s+|\s+//\s+")
_QUOTED = re.compile(r"[\"“”„«»](.+)[\"“”«»]")
_CHANNEL_NOISE = re.compile(r"(?:\s*-\s*topic|vevo|\s+official(?:\s+channel)?)$", re.IGNORECASE)


def rank(
    candidates: Iterable[Candidate], recording: Recording, album_title: str = ""
) -> list[Candidate]:
    """The candidates with their scores set, best first; equals stay in the order they came in."""
    scored = []
    for candidate in candidates:
        total, parts = score(candidate, recording, album_title)
        scored.append(replace(candidate, score=total, score_parts=parts))
    return sorted(scored, key=lambda candidate: -candidate.score)


def search_query(recording: Recording) -> str:
    """What to search a recording with: the artist as credited, and the title."""
    artist = recording.artist_credit.name
    return f"{artist} - {recording.title}" if artist else recording.title


def score(
    candidate: Candidate, recording: Recording, album_title: str = ""
) -> tuple[float, dict[str, float]]:
    """How well a candidate fits, 0 to 1, and the parts of it: each 0 to 1, 1 being perfect."""
    parts = {
        "title": _score_title(candidate, recording),
        "artist": _score_artist(candidate, recording),
        "length": _score_length(candidate.duration_seconds, recording.length_ms),
        "version": _score_version(candidate, recording, album_title),
        "cue": _score_cue(candidate),
    }
    weighted = (
        _TITLE_WEIGHT * parts["title"]
        + _ARTIST_WEIGHT * parts["artist"]
        + _LENGTH_WEIGHT * parts["length"]
    )
    total = (1 - _CUE_WEIGHT) * weighted + _CUE_WEIGHT * parts["cue"]
    total *= min(1.0, parts["title"] / _TITLE_GATE)
    total *= _ARTIST_GATE + (1 - _ARTIST_GATE) * parts["artist"]
    total *= parts["version"]
    if parts["length"] == 0:
        total *= _WRONG_LENGTH_FACTOR
    return round(total, 4), {name: round(value, 4) for name, value in parts.items()}


def _score_title(candidate: Candidate, recording: Recording) -> float:
    wanted = _title_forms(recording.title)
    if candidate.track:
        return _best_ratio(_title_forms(candidate.track), wanted)
    artists = _artist_forms(recording)
    channel = _CHANNEL_NOISE.sub("", candidate.channel or candidate.uploader)
    best = _best_ratio(_without_artist(_title_forms(candidate.title), artists), wanted)
    for title, other in _split_title(candidate.title):
        likeness = _best_ratio(_title_forms(title), wanted)
        # "A - B" is a title and its artist only if one of them is the artist.
        if max(_artist_likeness(fold_name(place), artists) for place in (other, channel)) < _ALIKE:
            likeness *= _UNCLEAR_SPLIT_FACTOR
        best = max(best, likeness)
    return best


def _score_artist(candidate: Candidate, recording: Recording) -> float:
    wanted = _artist_forms(recording)
    if not wanted:
        return _UNKNOWN
    named = [*candidate.artists, candidate.channel, candidate.uploader]
    places = [fold_name(_CHANNEL_NOISE.sub("", name)) for name in named if name]
    best = max((_artist_likeness(place, wanted) for place in places), default=0.0)
    title = fold_name(candidate.title)
    own_title = fold_name(recording.title)
    # A title that is the artist's name proves nothing by being there.
    in_title = any(_contains(title, name) and not _contains(own_title, name) for name in wanted)
    if in_title:
        return 1.0
    for _, other in _split_title(candidate.title):
        best = max(best, _artist_likeness(fold_name(other), wanted))
    # Below this, names are alike by chance.
    return best if best >= 0.6 else 0.0


def _score_length(duration_seconds: float | None, length_ms: int | None) -> float:
    if duration_seconds is None or not length_ms:
        return _UNKNOWN
    expected_seconds = length_ms / 1000
    share = _GRACE_SHARE * expected_seconds
    grace = min(_MOST_GRACE_SECONDS, max(_LEAST_GRACE_SECONDS, share))
    share = _FALL_SHARE * expected_seconds
    fall = min(_MOST_FALL_SECONDS, max(_LEAST_FALL_SECONDS, share))
    beyond = abs(duration_seconds - expected_seconds) - grace
    return max(0.0, min(1.0, 1 - beyond / fall))


def _score_version(candidate: Candidate, recording: Recording, album_title: str) -> float:
    """1, or the factor by which another version than the wanted one counts less."""
    artist = recording.artist_credit.name
    wanted = _versions(recording.title, recording.disambiguation)
    allowed = wanted | _versions(artist) | _versions(album_title)
    # As often as it is in the wanted one's names: "Live Forever (Live)" is not "Live Forever".
    found = _versions(candidate.title)
    if any(count > allowed[version] for version, count in found.items()):
        return _UNWANTED_VERSION_FACTOR
    found += _versions(candidate.album) + _versions(candidate.track)
    if any(version not in found for version in wanted):
        return _UNNAMED_VERSION_FACTOR
    return 1.0


def _versions(*texts: str) -> Counter[str]:
    return Counter(
        found.lastgroup or "" for text in texts for found in _VERSIONS.finditer(fold_name(text))
    )


def _score_cue(candidate: Candidate) -> float:
    """What speaks for the studio recording apart from names and length."""
    title = fold_name(candidate.title)
    if candidate.channel.lower().endswith(" - topic") or "official audio" in title:
        return 1.0
    if re.search(r"\b(?:lyrics?|video|mv)\b", title):
        return 0.0
    return _UNKNOWN


def _split_title(title: str) -> list[tuple[str, str]]:
    """The ways to read a title as (title, the rest): each side of each separator, each part
    between two, and what is quoted.
    """
    readings = []
    for separator in _SPLIT.finditer(title):
        left, right = title[: separator.start()], title[separator.end() :]
        readings += [(right, left), (left, right)]
    parts = _SPLIT.split(title)
    if len(parts) > 2:
        readings += [
            (part, " ".join(parts[:number] + parts[number + 1 :]))
            for number, part in enumerate(parts)
        ]
    quoted = _QUOTED.search(title)
    if quoted:
        readings.append((quoted[1], title[: quoted.start()]))
    return readings


def _title_forms(title: str) -> list[str]:
    """A title folded: whole, without what is only decoration, and without anything in brackets."""
    plain = _TRAILING_CREDIT.sub("", _BRACKETS.sub(_drop_decoration, title))
    bare = _BRACKETS.sub(" ", plain)
    forms = {
        fold_name(title),
        fold_name(plain),
        fold_name(bare),
        _strip_noise(plain),
        _strip_noise(bare),
    }
    return sorted(forms - {""})


def _drop_decoration(brackets: re.Match[str]) -> str:
    inside = brackets[brackets.lastindex or 0]
    words = fold_name(inside).split()
    is_decoration = all(word in _NOISE or word.isdecimal() for word in words)
    return " " if is_decoration or _CREDIT_SEGMENT.match(inside) else brackets[0]


def _strip_noise(title: str) -> str:
    """Folded, without decoration at its end: ``Official Video``, ``M/V``, ``HD``."""
    words = fold_name(title).split()
    while len(words) > 1 and words[-1] in _NOISE:
        words.pop()
    return " ".join(words)


def _without_artist(titles: Sequence[str], artists: Sequence[str]) -> list[str]:
    """The titles, also without the artist's name at either end."""
    forms = list(titles)
    for title in titles:
        for artist in artists:
            forms += [title.removeprefix(f"{artist} "), title.removesuffix(f" {artist}")]
    return forms


def _artist_forms(recording: Recording) -> list[str]:
    credit = recording.artist_credit
    names = [credit.name, *credit.names, *(part.artist.name for part in credit.parts)]
    return sorted({fold_name(name) for name in names} - {""})


def _artist_likeness(text: str, artists: Sequence[str]) -> float:
    if not text or not artists:
        return 0.0
    if any(
        _contains(text, artist) or _contains(text, artist.replace(" ", "")) for artist in artists
    ):
        return 1.0
    return _best_ratio([text, text.replace(" ", "")], artists)


def _best_ratio(found: Iterable[str], wanted: Sequence[str]) -> float:
    return max((fuzz.ratio(one, two) / 100 for one in found for two in wanted), default=0.0)


def _contains(text: str, words: str) -> bool:
    """Whether the words are in the text, as whole words."""
    return bool(words) and f" {words} " in f" {text} "


def fold_name(text: str) -> str:
    """Lower case without accents and punctuation; the text itself when nothing else is in it."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    letters = re.sub(r"['’`´]", "", unicodedata.normalize("NFC", letters))
    words = re.sub(r"[^\w]+|_+", " ", letters).split()
    return " ".join(words) or " ".join(text.casefold().split())
