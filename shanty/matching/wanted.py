"""What is wanted, made ready to be compared with many candidates: titles, artists, versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shanty.matching.artist_names import are_same_people, artist_forms, split_people
from shanty.matching.keys import keys_of, notes_of
from shanty.matching.other_results import OtherResults
from shanty.matching.part_numbers import Count, counts_of, is_year, numbers_of, spell_counts
from shanty.matching.spellings import has_no_slips, one_letter, spell_out
from shanty.matching.titles import (
    drop_credits,
    names_work,
    normalize_title,
    qualifiers_of,
    split_title,
    title_forms,
)
from shanty.matching.words import (
    count_versions,
    find_versions,
    is_decoration,
    is_generic,
    says_explicit,
    telling_words,
    version_name,
    vocabulary,
)
from shanty.music.entities import Recording
from shanty.music.names import (
    LINKS,
    bare_channel,
    best_ratio,
    contains,
    drop_article,
    fold_name,
    leaders_of,
    romanize,
    scripts_of,
)

# Which versions the secondary types of a release group mean.
_TYPES = {
    "Live": "live",
    "Remix": "remix",
    "DJ-mix": "remix",
    "Demo": "demo",
    "Interview": "excerpt",
}
_NUMERAL = re.compile(r"\d{1,4}")
_COMMA = re.compile(r"\s*[,/;]\s*|\s+-\s+")
_LINK = re.compile(rf"{LINKS}|his|her|their|the")
ALIKE = 0.8  # two names are the same
_SHORT_NAME = 5  # up to so many letters, names are alike by chance
ARTICLE = 0.97  # titles are the same but for an article, or for how numbers are written
_MOST_WORDS = 6  # of a name, with what stands between it and the next one
_MOST_LONGER = 1.5  # a longer text is never so much alike
_LEAST_ALIKE = 0.45  # less than this is not the same title in other numerals
LEADER = 0.85  # the leader of a band is named, or all words of a name are there, though apart
_SAME_NAME = 0.93
NEARLY = 0.82
"""Up to here a name is only nearly that of the artist: a slip, or somebody who imitates them."""


@dataclass(frozen=True)
class Wanted:
    """A recording, folded.

    ``people`` are those who are joined in the credit. ``is_work``: the title looks like that of
    classical music. ``words`` are all those of its names, ``other_names`` those of what else the
    artists are called. ``versions`` are the kinds it is; ``tolerated`` says how often the words for
    a kind may be in a candidate's title (they are part of the song's own names) and ``is_any``
    which kinds may be there as often as they like; of the ``vague`` kinds, the vague words
    ("sessions") may be, for they are in the album's title. ``names`` are those of its named kinds
    ("moby" of "Moby Remix"), ``places`` the words beside those that have a place ("wembley" of
    "Live at Wembley"), ``counts`` what the title counts, ``side_numbers`` the numbers of artist,
    album and disambiguation, ``keys`` those of the title and ``notes`` theirs, ``numerals`` all
    numbers in digits in its names, also those of days and years. ``scripts`` are those of title,
    artists and album together. ``results`` is what the search has found by others.
    """

    titles: tuple[str, ...]
    roman_titles: tuple[str, ...]
    artists: tuple[str, ...]
    leaders: tuple[str, ...]
    people: tuple[str, ...]
    roman_artists: tuple[str, ...]
    is_romanized: bool
    own_title: str
    album: str
    seconds: float | None
    is_work: bool
    words: frozenset[str]
    other_names: frozenset[str]
    versions: frozenset[str]
    is_any: frozenset[str]
    of_release: frozenset[str]
    in_album: frozenset[str]
    is_clean: bool
    is_explicit: bool
    is_generic: bool
    tolerated: Counter[str]
    vague: frozenset[str]
    names: dict[str, str]
    places: frozenset[str]
    counts: tuple[Count, ...]
    side_numbers: frozenset[str]
    keys: frozenset[str]
    notes: frozenset[str]
    numerals: frozenset[int]
    titles_by_length: tuple[str, ...]
    bare_titles: frozenset[str]
    artists_by_length: tuple[str, ...]
    title_words: frozenset[str]
    parts: tuple[str, ...]
    compact_title: str
    title_scripts: frozenset[str]
    artist_scripts: frozenset[str]
    scripts: frozenset[str]
    results: OtherResults = field(default_factory=OtherResults)
    _titles_seen: dict[str, float] = field(default_factory=dict)
    _artists_seen: dict[str, float] = field(default_factory=dict)
    _channels_seen: dict[str, bool] = field(default_factory=dict)

    def title_likeness(self, title: str) -> float:
        """How alike a part of a candidate's title and the wanted title are: 0 to 1."""
        if title not in self._titles_seen:
            self._titles_seen[title] = self._compare_title(title)
        return self._titles_seen[title]

    def owns_channel(self, channel: str) -> bool:
        """Whether a channel's name is that of one of the artists, with nothing else in it."""
        if channel not in self._channels_seen:
            name = fold_name(bare_channel(channel))
            found = [name, name.removeprefix("the"), name.removeprefix("official ")]
            is_theirs = best_ratio(found, self.artists) >= _SAME_NAME
            self._channels_seen[channel] = is_theirs or name in self.leaders
        return self._channels_seen[channel]

    def artist_likeness(self, text: str) -> float:
        """How much a folded text names one of the artists: 1, down to ALIKE, or 0."""
        if text not in self._artists_seen:
            self._artists_seen[text] = self._compare_artist(text)
        return self._artists_seen[text]

    def names_all(self, folded: str) -> bool:
        """Whether a folded text names all artists of a credit of several, and nobody else.

        A ``|`` in it stands for a name that was taken out.
        """
        if not self.people:
            return False
        words = [word for word in folded.split() if word != "|"]
        # Whoever is named at all is named with the last word of their name.
        is_near = all(one.rpartition(" ")[2] in folded for one in self.people)
        if not is_near or len(words) > _MOST_WORDS * len(self.people):
            return False
        plain = [
            word
            for word in words
            if not (is_decoration(word) or word.isdecimal()) or _LINK.fullmatch(word)
        ]
        return any(are_same_people(" ".join(one), self.people) for one in (words, plain))

    def _compare_title(self, title: str) -> float:
        plain = title_forms(title)
        forms = set(plain)
        for artist in self.artists:
            if any(artist in form for form in plain):
                for form in tuple(forms):
                    forms |= {form.removeprefix(f"{artist} "), form.removesuffix(f" {artist}")}
        likeness = best_ratio(forms, self.titles)
        if likeness < 1 and any(map(self._holds_title, plain)):
            return 1.0
        is_near = _LEAST_ALIKE < likeness < ARTICLE
        if is_near and not self.bare_titles.isdisjoint(map(_spell_bare, forms)):
            return ARTICLE
        is_latin = self.own_title.isascii() and all(form.isascii() for form in forms)
        if likeness < ALIKE and not is_latin:
            # Only where the letters say how they sound: half a likeness proves nothing there.
            longest = _MOST_LONGER * max(map(len, self.roman_titles), default=0)
            near = [romanize(form) for form in forms if len(form) <= longest]
            likeness = max(likeness, best_ratio(near, self.roman_titles, ALIKE))
        if ALIKE <= likeness < ARTICLE and has_no_slips(self.own_title, forms):
            return ALIKE  # another letter is hardly ever a slip there
        return likeness

    def _holds_title(self, form: str) -> bool:
        """Whether it is the title, with nothing beside it but artists, years and decoration."""
        name = next(
            (name for name in self.titles_by_length if name in form and contains(form, name)), ""
        )
        if not name:
            return False
        rest = f" {form} ".replace(f" {name} ", " | ", 1)
        if self.names_all(rest):
            return True
        for artist in self.artists_by_length:
            rest = rest.replace(f" {artist} ", " ", 1)
        before, _, after = rest.partition("|")
        return _is_beside_title(_without_links(before), _without_links(after))

    def _compare_artist(self, text: str) -> float:
        if not text or not self.artists:
            return 0.0
        compact = text.replace(" ", "")
        words = set(text.split())
        likeness = 0.0
        for artist in self.artists:
            joined = artist.replace(" ", "")
            if contains(text, artist) or contains(text, joined) or compact == joined:
                return 1.0
            if " " in artist and words.issuperset(artist.split()):
                likeness = max(likeness, LEADER)
            if len(joined) > _SHORT_NAME:
                nearly = best_ratio([text, compact], [artist, joined], ALIKE)
                likeness = max(likeness, min(nearly, NEARLY))
        if self.names_all(text) or any(contains(text, leader) for leader in self.leaders):
            likeness = max(likeness, LEADER)
        if likeness < ALIKE and (self.is_romanized or not text.isascii()):
            roman = romanize(text)
            if roman in self.roman_artists:
                return 1.0
            names = [name for name in self.roman_artists if len(name) > _SHORT_NAME]
            nearly = best_ratio([roman], names, ALIKE)
            # Letters of one script say themselves whether they are the same.
            is_same_script = bool((self.artist_scripts - {"LATIN"}) & scripts_of(text))
            likeness = max(likeness, min(nearly, NEARLY) if is_same_script else nearly)
        return likeness if likeness >= ALIKE else 0.0


def _without_links(text: str) -> list[str]:
    return [word for word in text.split() if not _LINK.fullmatch(word)]


def _is_beside_title(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether words around a title say nothing of the song: "04 … lyrics", "… 1979", "… by"."""
    words = [*before, *after]
    vocab = vocabulary()
    plain = vocab.presentation | vocab.verbs
    if words and not any(word in plain or is_year(word) for word in words):
        # Decoration alone may be a part of the title: "New Love", "Love Song".
        return not after and len(before) == 1 and before[0].isdecimal()
    return all(word in plain or is_decoration(word) or word.isdecimal() for word in words)


def prepare(recording: Recording, album_title: str) -> Wanted:
    """Fold and count once what every candidate is compared with."""
    title = normalize_title(recording.title)
    note = normalize_title(f"({recording.disambiguation})")  # brackets: "piano" says it alone
    artists = artist_forms(recording.artist_credit)
    pieces = {fold_name(part) for part in _COMMA.split(recording.artist_credit.name)} | {*artists}
    # One word alone may be anybody.
    led = {one for name in pieces for one in leaders_of(name)} | {
        one for one in pieces if " " in one
    }
    leaders = tuple(sorted(led - {*artists}))
    kinds = vocabulary().kinds
    qualifiers = (*qualifiers_of(title), note)
    in_title = count_versions(title, note)
    qualified = set(count_versions(*qualifiers))
    by_album = find_versions(album_title)
    vague = vocabulary().vague
    of_release = {_TYPES[name] for name in recording.release_types if name in _TYPES}
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
    other_names = [
        name
        for part in recording.artist_credit.parts
        for name in (part.artist.name, part.artist.sort_name, *part.artist.aliases)
    ]
    sides = f"{recording.artist_credit.name} {album_title} {note}"
    titles = {*title_forms(title), *title_forms(_without_versions(title))}
    return Wanted(
        titles=tuple(titles),
        roman_titles=tuple({romanize(form) for form in titles}),
        artists=artists,
        leaders=leaders,
        people=split_people(recording.artist_credit.name),
        roman_artists=tuple(sorted({romanize(name) for name in artists})),
        is_romanized=any(romanize(name) != name for name in artists),
        own_title=fold_name(drop_credits(title)),
        album=fold_name(album_title),
        seconds=recording.length_ms / 1000 if recording.length_ms else None,
        is_work=names_work(title),
        words=_words_of(texts),
        other_names=_words_of(other_names),
        versions=frozenset(in_title),
        # Not those with names: the remix of a remix is another one.
        is_any=frozenset(kind for kind in qualified if not kinds[kind].has_name) | of_release,
        of_release=frozenset(of_release - set(in_title)),
        in_album=frozenset(
            kind for kind, words in by_album if words not in vague and not kinds[kind].has_name
        ),
        is_clean="clean" in in_title,
        is_explicit=says_explicit(f"{title} {note}"),
        is_generic=is_generic(fold_name(_without_versions(title))),
        tolerated=in_title + count_versions(recording.artist_credit.name),
        vague=frozenset(kind for kind, words in by_album if words in vague),
        names=names,
        places=frozenset().union(*places),
        counts=counts_of(title),
        side_numbers=frozenset(map(str, numbers_of(sides))),
        keys=keys_of(title),
        notes=notes_of(title),
        numerals=frozenset(map(int, _NUMERAL.findall(" ".join(texts)))),
        titles_by_length=_by_length({*titles, fold_name(title)}),
        bare_titles=frozenset(map(_spell_bare, titles)),
        artists_by_length=_by_length({*artists, *leaders}),
        title_words=frozenset(fold_name(title).split()),
        parts=tuple(fold_name(text) for text, in_brackets in split_title(title) if in_brackets),
        compact_title=fold_name(title).replace(" ", ""),
        title_scripts=_with_kana(scripts_of(fold_name(drop_credits(title))) or {"LATIN"}),
        artist_scripts=scripts_of(" ".join(artists)),
        scripts=_with_kana(scripts_of(fold_name(" ".join((*texts, *other_names))))),
    )


def _with_kana(scripts: Iterable[str]) -> frozenset[str]:
    """The scripts, and those that Japanese mixes with one of them."""
    kana = {"CJK", "HIRAGANA", "KATAKANA"}
    return frozenset({*scripts} | (kana if kana & {*scripts} else set()))


@lru_cache(maxsize=8192)
def _spell_bare(folded: str) -> str:
    """A folded title without its article, in one spelling, with all its words in one."""
    spelt = spell_counts(spell_out(drop_article(folded)))
    return one_letter(spelt).replace(" ", "")


def _by_length(names: Iterable[str]) -> tuple[str, ...]:
    """The longest first."""
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _words_of(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in fold_name(text).split())


def _without_versions(title: str) -> str:
    """A title without what names its version behind a dash: "Song - Live". That is looked at by
    itself.
    """
    head, dash, tail = title.rpartition(" - ")
    return head if dash and find_versions(tail) else title
