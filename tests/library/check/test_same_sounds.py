"""Two recordings whose files sound the same."""

from __future__ import annotations

from shanty.library.check import Kind
from shanty.music.fingerprint import Fingerprint
from tests.world.checked_library import Checked
from tests.world.sounds import make_sound, noise


def remember(library: Checked, *sounds: Fingerprint) -> None:
    for track_id, sound in zip(library.ids, sounds, strict=True):
        file = library.catalog.files.of_track(track_id)
        assert file is not None
        assert file.candidate_id is not None
        with library.database.begin() as tx:
            library.catalog.fingerprints.record(tx, file.candidate_id, sound)


def test_they_are_told_and_left_alone(library: Checked) -> None:
    music = noise(1)
    again = [word ^ 1 if number % 2 else word for number, word in enumerate(music)]
    remember(library, make_sound(music), make_sound(noise(2)), make_sound(noise(3, 16) + again))
    for is_repairing in (False, True):
        (found,) = library.check(repair=is_repairing)
        assert found.kind is Kind.SAME_SOUND
        third, first = (library.catalog.filed.find(library.ids[n]) for n in (2, 0))
        assert third is not None
        assert first is not None
        assert (found.path, found.track, found.repair) == (third.path, third.label, "")
        assert found.detail == f"it sounds the same as {first.path} ({first.label})"


def test_a_likely_pair_that_differs_is_not_told(library: Checked) -> None:
    music = noise(1)
    half = [word if number % 2 else word ^ 0x5A5A5A5A for number, word in enumerate(music)]
    remember(library, make_sound(music), make_sound(half), make_sound(noise(3)))
    assert not library.check()
