"""What is wanted, made ready to be compared with many candidates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shanty.matching.names import fold_name, romanize, scripts_of
from shanty.matching.titles import drop_credits, normalize_title, qualifiers_of, title_forms
from shanty.matching.words import (
    count_versions,
    find_versions,
    telling_words,
    version_name,
    vocabulary,
)
from shanty.models import Recording


@dataclass(frozen=True)
class Wanted:
    """A recording, folded.

    ``versions`` are the kinds it is; ``tolerated`` says how often the words for a kind may be in a
    candidate's title (they are part of the song's own names) and ``is_any`` which kinds may be
    there as often as they like. ``names`` are those of its named kinds ("moby" of "Moby Remix"),
    ``places`` the words beside those that have a place ("wembley" of "Live at Wembley").
    """

    titles: tuple[str, ...]
    artists: tuple[str, ...]
    roman_artists: tuple[str, ...]
    own_title: str
    album: str
    seconds: float | None
    words: frozenset[str]
    versions: frozenset[str]
    is_any: frozenset[str]
    tolerated: Counter[str]
    names: dict[str, str]
    places: frozenset[str]


def prepare(recording: Recording, album_title: str) -> Wanted:
    """Fold and count once what every candidate is compared with."""
    title = normalize_title(recording.title)
    artists = _artist_forms(recording)
    kinds = vocabulary().kinds
    qualifiers = (*qualifiers_of(title), normalize_title(recording.disambiguation))
    in_title = count_versions(title, recording.disambiguation)
    qualified = set(count_versions(*qualifiers))
    by_album = set(count_versions(album_title))
    texts = (title, recording.disambiguation, album_title, recording.artist_credit.name)
    names = {
        kind: version_name(text, kind)
        for text in qualifiers
        for kind, _ in find_versions(text)
        if kinds[kind].has_name
    }
    places = [
        telling_words(text)
        for text in qualifiers
        if any(kinds[kind].has_place for kind, _ in find_versions(text))
    ]
    return Wanted(
        titles=title_forms(title),
        artists=artists,
        roman_artists=tuple({romanize(name) for name in artists} - set(artists)),
        own_title=fold_name(drop_credits(title)),
        album=fold_name(album_title),
        seconds=recording.length_ms / 1000 if recording.length_ms else None,
        words=frozenset(word for text in texts for word in fold_name(text).split()),
        versions=frozenset(in_title),
        # Not those with names: the remix of a remix is another one.
        is_any=frozenset(kind for kind in qualified | by_album if not kinds[kind].has_name),
        tolerated=in_title + count_versions(recording.artist_credit.name),
        names=names,
        places=frozenset().union(*places),
    )


def _artist_forms(recording: Recording) -> tuple[str, ...]:
    """The names of the artists: joined, each, and each script of a name in two of them."""
    credit = recording.artist_credit
    names = [credit.name, *credit.names, *(part.artist.name for part in credit.parts)]
    forms = {fold_name(name) for name in names if name.strip()}
    for form in tuple(forms):
        words = form.split()
        latin = [word for word in words if scripts_of(word) <= {"LATIN"}]
        other = [word for word in words if word not in latin]
        if other and scripts_of(" ".join(latin)):
            forms |= {" ".join(latin), " ".join(other)}
    return tuple(sorted(forms - {""}))
