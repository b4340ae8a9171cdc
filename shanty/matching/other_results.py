"""The uploads of the wanted song by others than the wanted artist, and what may be asked of them.

Refuses to know how they are found among the results of a search.
"""

from __future__ import annotations

from dataclasses import dataclass

from shanty.matching.words import count_versions
from shanty.music.names import contains


@dataclass(frozen=True, slots=True)
class OtherResult:
    """A result of the same search that has the wanted song: its normalised title, that and its
    channel folded, and the artist of a channel that is generated from a label's files.
    """

    title: str
    folded: str
    channel: str
    label_artist: str


@dataclass(frozen=True, slots=True)
class OtherResults:
    """What a search has found of the wanted song by ``others`` than the wanted artist.

    ``text`` is all that their titles and channels say. ``players`` are the folded names of whoever
    has the song as it is: no cover, no karaoke. ``is_song_of_artist``: a result calls it the wanted
    artist's own song.
    """

    others: tuple[OtherResult, ...] = ()
    text: str = ""
    players: frozenset[str] = frozenset()
    is_song_of_artist: bool = False

    def are_named(self, name: str) -> bool:
        """Whether one of the others has a folded name in its title or as its channel."""
        return contains(self.text, name)

    def say(self, phrase: str, channel: str) -> bool:
        """Whether an upload on another channel, of no version but a cover, has a folded phrase.

        The name of somebody else who plays the wanted artist's song may say who plays it here.
        """
        if not contains(self.text, phrase):
            return False
        if self.is_song_of_artist and phrase in self.players:
            return False
        return any(
            contains(one.folded, phrase) and set(count_versions(one.title)) <= {"cover"}
            for one in self.others
            if not (channel and one.channel == channel)
        )
