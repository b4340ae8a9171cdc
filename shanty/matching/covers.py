"""Whose cover a title speaks of: the wanted artist's, somebody else's, or nobody can tell.

"Cover by X" is X's. "Cover of Y" is Y's song, whoever plays it. "Y cover" is either: Y's cover of
the wanted artist's song, or the other way round. Refuses to know what that costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from shanty.matching.segments import Segment, read_segments
from shanty.matching.titles import qualifiers_of
from shanty.matching.wanted import Wanted
from shanty.matching.words import (
    count_versions,
    find_versions,
    is_decoration,
    telling_words,
    vocabulary,
)
from shanty.music.names import BY, SPACELESS, contains, drop_article, fold_name, scripts_of

_LEAST_LETTERS = 4  # shorter words are in a channel's name by chance


@dataclass(slots=True)
class Covers:
    """What a title says of covers.

    ``own``: how often it names each kind of version for a cover by the wanted artist. ``others``:
    the words that say that it is somebody else's. ``unclear``: the words that leave it open, if the
    other results do not settle it; ``settled``: those that they do.
    """

    own: Counter[str] = field(default_factory=Counter)
    others: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)


def read_covers(text: str, channel: str, wanted: Wanted) -> Covers:
    """What a normalised title on a channel says of covers."""
    found = Covers()
    if not cover_words(text):
        return found
    is_theirs, segments = wanted.owns_channel(channel), read_segments(text, wanted)
    for part in filter(cover_words, qualifiers_of(text)):
        by = _covered_by(part) or _covered_by(text)
        folded = fold_name(part)
        name = by or _name_beside(folded, cover_words(part)[0], wanted)
        is_artist = _begins(name, wanted.artists)
        if is_artist and (by or is_theirs):
            found.own += _of_covers(part)
        elif is_artist and not by and _is_behind_original(segments, channel, wanted):
            found.own += _of_covers(text)
            found.settled.append(folded)
        elif is_artist or (by and not wanted.words & set(by.split())):
            found.others.append(folded)
        elif is_theirs and not by and (_names_somebody(name) or _names_another(segments)):
            # On the artist's own channel, "Toto cover" says whose song it is.
            found.own = _of_covers(text)
        elif not by and leads_title(text, segments, wanted):
            _add_to_led(found, part, name, channel, wanted)
    return found


def _add_to_led(found: Covers, part: str, name: str, channel: str, wanted: Wanted) -> None:
    """Add what a part of a title that the wanted artist leads says of a cover.

    ``name`` is the one beside the word for it. What cannot be the artist's cover adds nothing.
    """
    if original := _original_of(part):
        if _is_another(original, wanted):
            found.own += _of_covers(part)
        return
    if not _may_be_original(name, channel, wanted):
        return
    if wanted.words.issuperset(name.split()):
        if "cover" in wanted.versions:
            found.own += _of_covers(part)  # the wanted title says whose it is, too
        return
    found.own += _of_covers(part)
    is_fan = _names_somebody(name) and _is_named_after(channel, wanted)
    is_settled = is_fan or _is_settled(name, wanted)
    (found.settled if is_settled else found.unclear).append(fold_name(part))


def cover_words(text: str) -> list[str]:
    """The words in a text that call it a cover."""
    return [words for kind, words in find_versions(text) if kind == "cover"]


def leads_title(text: str, segments: Collection[Segment], wanted: Wanted) -> bool:
    """Whether the wanted artist stands in front of the wanted title, with nobody beside them.

    ``segments`` are those of the title, ``text``.
    """
    folded = fold_name(text)
    if any(_begins(folded, [f"{one} {wanted.own_title}"]) for one in wanted.artists):
        return True  # a title may have a separator of its own: "Ferry / Return"
    if not any(one.has_title for one in segments):
        return False
    return any(
        one.has_artist
        and not one.is_bracketed
        and not telling_words(one.rest)
        and (one.is_early or (one.has_title and _begins(one.folded, wanted.artists_by_length)))
        for one in segments
    )


def original_before_cover(segments: Collection[Segment]) -> str:
    """Who stands between the song in front and the wanted artist's cover: ``toto`` of
    "Paper Lanterns - Toto (Ida cover)". Either may have had the song first.
    """
    outside = [one for one in segments if not one.is_bracketed]
    if not outside or not outside[0].has_title or telling_words(outside[0].rest):
        return ""
    named = (one.folded for one in outside[1:] if telling_words(one.rest) and not one.has_artist)
    return next(named, "")


def _is_behind_original(segments: Collection[Segment], channel: str, wanted: Wanted) -> bool:
    """Whether other results settle that the wanted artist covers somebody else's song: they have it
    by that one, and none by the wanted artist without a word of a cover.
    """
    results, other = wanted.results, original_before_cover(segments)
    is_theirs = contains(fold_name(channel), other)
    return other in results.players and not results.is_song_of_artist and not is_theirs


def _names_another(segments: Collection[Segment]) -> bool:
    """Whether somebody else stands beside the wanted artist: "Toto - Lanterns - Ida (cover)"."""
    outside = [one for one in segments if not one.is_bracketed]
    return any(one.has_artist for one in outside) and any(
        telling_words(one.rest)
        for one in outside
        if not (one.has_artist or one.has_title or cover_words(one.text))
    )


def _begins(folded: str, names: Collection[str]) -> bool:
    return any(f"{folded} ".startswith(f"{name} ") for name in names)


def _name_beside(folded: str, word: str, wanted: Wanted) -> str:
    """The name beside a word for a cover, before it or else behind it; the song's title is none."""
    before, _, after = folded.partition(word)
    for title in wanted.titles_by_length:
        before = f" {before} ".replace(f" {title} ", " ", 1)
    return before.strip() or after.strip()


def _of_covers(text: str) -> Counter[str]:
    kinds = vocabulary().kinds
    counts = count_versions(text)
    return Counter({kind: counts[kind] for kind in counts if kinds[kind].of_covers})


def _names_somebody(text: str) -> bool:
    """Whether it has words for somebody, not only for an instrument or for "version"."""
    vocab = vocabulary()
    return bool(telling_words(text) - vocab.names.keys() - vocab.version_words)


def _covered_by(text: str) -> str:
    """Whose cover it is, where a text says "cover by …"; else nothing."""
    folded = fold_name(text)
    names = [folded.partition(f"{words} {by} ")[2] for words in cover_words(text) for by in BY]
    return next(filter(None, names), "")


def _original_of(text: str) -> str:
    """Whose song it is, where a text says "cover of …" or "tribute to …"; else nothing."""
    folded = f" {fold_name(text)}"
    names = [folded.partition(f" {words} ")[2] for words in vocabulary().covers_of]
    return next(filter(None, names), "")


def _is_another(name: str, wanted: Wanted) -> bool:
    """Whether a folded text names somebody else than the wanted artist."""
    vocab = vocabulary()
    is_name = _is_only_name(name) or any(
        word not in vocab.manners and word not in vocab.styles and word not in vocab.names
        for word in telling_words(name)
    )
    return is_name and not any(contains(name, one) for one in (*wanted.artists, *wanted.leaders))


def _may_be_original(name: str, channel: str, wanted: Wanted) -> bool:
    """Whether "name cover" may say whose song it is, on that channel.

    On a channel that has a word of the name in its own, it is their cover.
    """
    place = fold_name(channel).replace(" ", "")
    words = [one for one in name.split() if _is_long(one)]
    is_theirs = any(one in place for one in (*words, name.replace(" ", "")))
    is_theirs = is_theirs or (len(place) >= _LEAST_LETTERS and place in name.replace(" ", ""))
    return not is_theirs and _is_only_name(name) and _is_another(name, wanted)


def _is_named_after(channel: str, wanted: Wanted) -> bool:
    """Whether a channel has the whole name of the artist in its own: "Ida Berg Brasil"."""
    place = fold_name(channel).replace(" ", "")
    names = [name.replace(" ", "") for name in wanted.artists]
    return any(len(name) > _LEAST_LETTERS and name in place for name in names)


def _is_settled(name: str, wanted: Wanted) -> bool:
    """Whether the other results say that the song is not the wanted artist's own."""
    results = wanted.results
    is_others = bool(results.players) or results.are_named(drop_article(name))
    return is_others and not results.is_song_of_artist


def _is_long(word: str) -> bool:
    return len(word) >= _LEAST_LETTERS or bool(scripts_of(word) & SPACELESS)


def _is_only_name(text: str) -> bool:
    """Whether words may be a name: some are no decoration, and none says how a cover is played."""
    words = [word for word in drop_article(text).split() if len(word) > 1]
    return not all(map(is_decoration, words)) and not _says_how(words)


def _says_how(words: Collection[str]) -> bool:
    vocab = vocabulary()
    how = (vocab.names, vocab.presentation, vocab.manners, vocab.styles)
    return any(word in known for word in words for known in how) or bool(
        find_versions(" ".join(words))
    )
