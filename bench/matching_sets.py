"""Labelled titles of a video site turned into what a search brings back: the right one and decoys.

Owns the rules by which a row becomes a candidate set; all of it follows from the rows and one seed.
The rows have no lengths: each song is given one, and each upload the length that such an upload
has. The right one is within 2 seconds of it (a video within 3): what is further off is asked about.

Decoys are as near as they get: other versions with the song's own title, mostly with its very
length where the kind of version keeps it; the same title by somebody else; other songs of the
artist with the same length; the right title with a length that is none. The words for versions are
the bench's own and are not read from what the scorer knows.
"""

from __future__ import annotations

import csv
import hashlib
import os
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording

FIXTURES_DIR = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures"
)
TITLES_PATH = FIXTURES_DIR / "titles" / "labelled_titles.tsv"

_RIGHT = {"match", "featured", "no-artist-in-title", "cover", "other-credit"}
_WRONG = {"mismatch", "other-version"}
# The other sites' titles are bare: there the artist is a field of its own, which the rows lack.
_PLATFORMS = {"youtube", "vevo"}
# Labelled as matches of artist and title, and yet not that recording.
_NOT_THE_RECORDING = ("dance practice", "[live]", "test ver")
_NO_RECORDING = ("full album", "(album)", "official album")  # those are of no use here
_HOPELESS_EVERY = 5

# How a version is written, how its length differs from the song's (a range of factors), and the
# words that say that the row itself is of that kind.
_VERSIONS = (
    ("(Live at Wembley Stadium)", 1.0, 1.2, "live vivo"),
    ("(En Vivo)", 1.0, 1.15, "live vivo"),
    ("(Ao Vivo)", 1.0, 1.1, "live vivo"),
    ("live @ Rock am Ring 2014", 1.0, 1.2, "live vivo"),
    ("ライブ", 1.0, 1.1, "live vivo"),
    ("(Kaskade Remix)", 0.9, 1.4, "remix mix"),
    ("- DJ Marlon Bootleg", 0.95, 1.3, "remix mix"),
    ("(Cover by Sofia Lane)", 0.98, 1.02, "cover"),
    ("piano cover", 0.98, 1.02, "cover piano"),
    ("| Karaoke Version", 1.0, 1.0, "karaoke"),
    ("カラオケ", 1.0, 1.0, "karaoke"),
    ("(Instrumental)", 1.0, 1.0, "instrumental"),
    ("(Acoustic)", 0.97, 1.03, "acoustic acústica"),
    ("(Versión Acústica)", 0.97, 1.03, "acoustic acústica"),
    ("(slowed + reverb)", 1.15, 1.2, "slowed"),
    ("sped up", 0.8, 0.85, "sped"),
    ("[Nightcore]", 0.75, 0.85, "nightcore"),
    ("(8D AUDIO)", 1.0, 1.0, "8d"),
    ("[Bass Boosted]", 1.0, 1.0, "bass"),
    ("(Demo)", 0.95, 1.05, "demo"),
    ("(Extended Mix)", 1.3, 1.7, "extended mix"),
    ("1 HOUR LOOP", 14.0, 18.0, "hour"),
    ("REACTION!!", 1.5, 3.0, "reaction"),
    ("(Drum Cover)", 1.0, 1.0, "cover drum"),
    ("(Re-Recorded)", 0.98, 1.02, "recorded"),
    ("(Ida's Version)", 0.98, 1.02, "version"),
    ("(2019 Re-Recording)", 0.98, 1.02, "recording"),
    ("(Japanese Ver.)", 1.0, 1.0, "japanese"),
    ("[English Version]", 1.0, 1.0, "english"),
    ("(Versión en Español)", 1.0, 1.0, "español spanish"),
    ("(Piano)", 0.97, 1.03, "piano"),
    ("(432 Hz)", 1.0, 1.02, "hz"),
    ("[Vocals Only]", 1.0, 1.0, "vocals"),
    ("(Vocal Only)", 1.0, 1.0, "vocal"),
    ("(Inst.)", 1.0, 1.0, "inst"),
    ("at the BBC", 1.0, 1.1, "bbc"),
    ("(Lullaby Version)", 0.98, 1.02, "lullaby"),
    ("(TikTok Version)", 1.0, 1.0, "tiktok"),
    ("(Medieval Style)", 0.98, 1.02, "medieval"),
    ("[Reimagined]", 0.98, 1.02, "reimagined"),
)
_NAMED = ("(live", "- live", "en vivo", "ao vivo", "remix", "acoustic", "acústica")
_CHANNELS = ("MusicLover88", "Lyrical Lemon Tree", "HitsChannel", "Top Sounds", "xX_uploads_Xx")


@dataclass(frozen=True)
class LabelledTitle:
    """A row: what an upload is called, and which song it is (or, ``is_right`` False, is not)."""

    raw_title: str
    uploader: str
    artist: str
    title: str
    album: str
    is_right: bool


@dataclass(frozen=True)
class CandidateSet:
    """What a search brings back for a recording. ``right_id`` is None where nothing is right."""

    recording: Recording
    album: str
    candidates: tuple[Candidate, ...]
    right_id: str | None


def read_labelled_titles(path: Path = TITLES_PATH) -> list[LabelledTitle]:
    """The rows that say of an upload which recording it is, or that it is another one."""
    rows = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            relation, title = row["relation"], row["raw_title"] or ""
            if row["platform"] not in _PLATFORMS or relation not in _RIGHT | _WRONG:
                continue
            if not title or not row["expected_title"] or row["kind"] != "real":
                continue
            if any(words in title.lower() for words in _NO_RECORDING):
                continue
            is_that = not any(words in title.lower() for words in _NOT_THE_RECORDING)
            rows.append(
                LabelledTitle(
                    title,
                    row["uploader"] or "",
                    row["expected_artist"] or "",
                    row["expected_title"],
                    row["album"] or "",
                    is_right=relation in _RIGHT and is_that,
                )
            )
    return rows


def split_rows(
    rows: Sequence[LabelledTitle], seed: int
) -> tuple[list[LabelledTitle], list[LabelledTitle]]:
    """Two halves; all songs of one artist are in the same, so that none helps the other.

    Which half is a matter of the artist's name and the seed alone, whatever other rows there are.
    """
    halves: tuple[list[LabelledTitle], list[LabelledTitle]] = ([], [])
    for row in rows:
        digest = hashlib.sha256(f"{seed} {row.artist.casefold()}".encode()).digest()
        halves[digest[0] % 2].append(row)
    return halves


def build_sets(rows: Sequence[LabelledTitle], seed: int) -> list[CandidateSet]:
    """One set for each row; every fifth lacks the right upload."""
    by_artist = defaultdict(list)
    for row in rows:
        by_artist[row.artist].append(row)
    return [
        _SetBuilder(row, rows, by_artist[row.artist], random.Random(f"{seed} {number}")).build(
            is_hopeless=number % _HOPELESS_EVERY == _HOPELESS_EVERY - 1
        )
        for number, row in enumerate(rows)
    ]


class _SetBuilder:
    """Makes the candidate set of one row."""

    def __init__(
        self,
        row: LabelledTitle,
        rows: Sequence[LabelledTitle],
        same_artist: Sequence[LabelledTitle],
        dice: random.Random,
    ):
        self._row = row
        self._rows = rows
        self._same_artist = same_artist
        self._dice = dice
        self._seconds = dice.uniform(130, 330)
        self._candidates: list[Candidate] = []

    def build(self, *, is_hopeless: bool) -> CandidateSet:
        row, dice = self._row, self._dice
        labelled = self._add(row.raw_title, row.uploader, self._seconds + self._usual_difference())
        has_right = row.is_right and not is_hopeless
        if row.is_right and is_hopeless:
            self._candidates.clear()
        self._add_versions()
        self._add_same_title()
        self._add_same_artist()
        self._add_wrong_lengths()
        plain = _plain(row.title)
        if plain != row.title and any(word in row.title.lower() for word in _NAMED):
            self._add(f"{row.artist} - {plain}", row.artist, self._seconds)
        dice.shuffle(self._candidates)
        credit = ArtistCredit((CreditedArtist(Artist(row.artist, row.artist), row.artist),))
        recording = Recording("m", row.title, credit, round(self._seconds * 1000))
        right_id = labelled if has_right else None
        return CandidateSet(recording, row.album, tuple(self._candidates), right_id)

    def _usual_difference(self) -> float:
        is_video = "video" in self._row.raw_title.lower() or "m/v" in self._row.raw_title.lower()
        return self._dice.uniform(-1, 3) if is_video else self._dice.uniform(-1, 2)

    def _add_versions(self) -> None:
        own = f"{self._row.raw_title} {self._row.title} {self._row.album}".lower()
        kinds = [kind for kind in _VERSIONS if not any(word in own for word in kind[3].split())]
        for words, least, most, _ in self._dice.sample(kinds, 4):
            seconds = self._seconds * self._dice.uniform(least, most)
            channel = self._dice.choice([self._row.uploader or self._row.artist, *_CHANNELS])
            title = self._dice.choice([self._row.raw_title, f"{self._row.artist} - {self._title}"])
            self._add(f"{title} {words}", channel, seconds)

    @property
    def _title(self) -> str:
        """The song's title without whom it features: that would credit the artist in decoys."""
        return re.sub(r" \((?:feat\.|with|ft\.) [^)]*\)", "", self._row.title)

    def _add_same_title(self) -> None:
        others = [row.artist for row in self._rows if row.artist != self._row.artist]
        other = self._dice.choice(others)
        near = self._seconds + self._dice.uniform(-2, 2)
        self._add(f"{other} - {self._title} (Official Audio)", other, near)
        other = self._dice.choice(others)
        self._add(self._title, f"{other} - Topic", self._seconds)

    def _add_same_artist(self) -> None:
        artist = self._row.artist
        theirs = [row for row in self._same_artist if not _is_same(row, self._row)]
        if theirs:
            row = self._dice.choice(theirs)
            self._add(row.raw_title, row.uploader, self._seconds + self._dice.uniform(-2, 2))
        titles = [row.title for row in self._rows if row.artist != artist]
        self._add(f"{artist} - {self._dice.choice(titles)}", artist, self._seconds)
        self._add(self._dice.choice(titles), f"{artist} - Topic", self._seconds)

    def _add_wrong_lengths(self) -> None:
        channel = self._dice.choice(_CHANNELS)
        longer = self._seconds + self._dice.uniform(25, 150)
        self._add(f"{self._row.artist} - {self._title} (Official Video)", channel, longer)
        shorter = self._seconds * self._dice.uniform(0.3, 0.85)
        self._add(f"{self._row.artist} - {self._title}", channel, shorter)

    def _add(self, title: str, channel: str, seconds: float) -> str:
        source_id = str(len(self._candidates))
        if self._candidates:
            source_id = str(max(int(one.source_id) for one in self._candidates) + 1)
        self._candidates.append(
            Candidate(
                "Youtube",
                source_id,
                "u",
                title,
                uploader=channel,
                channel=channel,
                duration_seconds=float(round(seconds)),
            )
        )
        return source_id


def _plain(title: str) -> str:
    """A title without what names its version: all from the first bracket or dash on."""
    return re.split(r" [(\[]| - ", title)[0]


def _is_same(one: LabelledTitle, other: LabelledTitle) -> bool:
    first, second = _plain(one.title).casefold(), _plain(other.title).casefold()
    return first.startswith(second) or second.startswith(first)
