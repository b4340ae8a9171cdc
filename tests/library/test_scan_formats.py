"""Files and tags that Shanty never writes itself, and which a scan reads."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import mutagen
import pytest
from mutagen.apev2 import APEv2

from shanty.tags.identity import read_identity
from tests.world.audio_files import make_audio
from tests.world.owned_music import PLACEMENTS, Collection


def test_tags_that_mutagen_does_not_look_for_are_read(music: Collection) -> None:
    mp3 = music.add("1.mp3")
    mutagen.File(mp3).delete()
    ape = APEv2()
    ape["Title"], ape["Artist"] = "Copper", ["X", "Y"]
    ape.save(mp3)
    assert (read_identity(mp3).artist, read_identity(mp3).title) == ("X; Y", "Copper")
    wav = music.folder / "2.wav"
    tags = b"INFO" + b"".join(
        name + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
        for name, text in ((b"INAM", "Kupfer ü".encode()), (b"IART", b"Caf\xe9"), (b"XXXX", b"?"))
    )
    with wave.open(str(wav), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\1" * 8000)
    whole = wav.read_bytes() + b"LIST" + struct.pack("<I", len(tags)) + tags
    wav.write_bytes(whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:])
    found = read_identity(wav)
    assert (found.title, found.artist, found.length_ms) == ("Kupfer ü", "Café", 1000)


@pytest.mark.parametrize("extension", ["wav", "aiff", "wma", "wv"])
def test_formats_that_we_never_write_are_read(extension: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x.{extension}")
    audio = mutagen.File(path)
    mbid = PLACEMENTS[0].recording.mbid
    if extension == "wma":
        audio["Title"], audio["Author"] = "Song", "Somebody"
        audio["WM/ISRC"], audio["MusicBrainz/Track Id"] = "NOSHD1900001", mbid
    elif extension == "wv":
        audio["Title"], audio["Artist"] = "Song", "Somebody"
        audio["ISRC"], audio["MUSICBRAINZ_TRACKID"] = "NOSHD1900001", mbid
    else:
        from mutagen.id3 import TIT2, TPE1, TSRC, UFID

        if audio.tags is None:
            audio.add_tags()
        audio.tags.add(TIT2(text="Song"))
        audio.tags.add(TPE1(text="Somebody"))
        audio.tags.add(TSRC(text="NOSHD1900001"))
        audio.tags.add(UFID(owner="http://musicbrainz.org", data=mbid.encode()))
    audio.save()
    found = read_identity(path)
    assert (found.title, found.artist) == ("Song", "Somebody")
    assert (found.recording_mbid, found.isrcs) == (mbid, ("NOSHD1900001",))
    assert found.length_ms == pytest.approx(1000, abs=100)
