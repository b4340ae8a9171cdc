"""What each line of a list means: looked up, searched for, or asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.watch.adding import Adding
from shanty.errors import NotFoundError, count_of
from shanty.watching.addresses import is_address
from shanty.watching.find import AmbiguousNameError, kind_of_address, read_reference
from shanty.watching.moving.lists import ListedKind, ListedSong, find_song
from shanty.watching.moving.plan import MovedWish
from shanty.watching.watch import Wish, learn_group

_OFTEN = 25


def is_reference(line: str) -> bool:
    """Whether a line is an id or an address, and no name."""
    try:
        return is_address(line) or read_reference(line, "track") is not None
    except NotFoundError:
        return True  # a mistyped one: that is said of its line


def find_listed(
    listed: Sequence[ListedSong], kind: ListedKind, adding: Adding
) -> Iterator[MovedWish]:
    """What each entry means, or why it is left out. Asks on a terminal. A request or two each."""
    for number, entry in enumerate(listed, start=1):
        if number % _OFTEN == 0:
            adding.say(f"{number} of {count_of(len(listed), 'line')} looked for")
        meant = kind_of_address(entry.reference) or kind.value
        try:
            yield _find(entry, meant, adding)
        except AmbiguousNameError as error:
            yield MovedWish(meant, entry.name, refusal=_one_of(error.found.total))
        except NotFoundError as error:
            yield MovedWish(meant, entry.name, refusal=str(error))


def _find(entry: ListedSong, kind: str, adding: Adding) -> MovedWish:
    if kind == "artist":
        return MovedWish.of_artist(adding.find_artist(entry.name), Wish())
    if kind == "album":
        expansion = adding.expansion
        return MovedWish.of_album(
            adding.look_up("album", entry.name, lambda mbid: learn_group(mbid, expansion))
        )
    if entry.reference:
        return MovedWish("track", entry.name, adding.look_up("track", entry.name, str))
    sure, choices = find_song(entry, adding.musicbrainz)
    choice = sure or adding.choose_if_any(entry.name, choices)
    if choice is not None:
        return MovedWish("track", choice.line, choice.mbid)
    return MovedWish("track", entry.name, refusal=_one_of(len(choices)))


def _one_of(number: int) -> str:
    return f"it may be one of {number}" if number else "MusicBrainz knows nothing like it"
