from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest

from shanty.errors import BadCandidateError, TransientError
from shanty.files.checksum import checksum
from shanty.models import AudioProperties
from shanty.naming.extensions import extension_for
from shanty.tags import audio as audio_module
from shanty.tags.audio import read_properties
from tests.world.audio_files import FORMATS, collected_audio, fixtures_dir, make_audio

EXPECTED = {
    "mp3": ("mp3", "mp3", 44_100),
    "flac": ("flac", "flac", 44_100),
    "ogg": ("ogg", "vorbis", 44_100),
    "opus": ("ogg", "opus", 48_000),
    "m4a": ("mp4", "aac", 44_100),
}


@pytest.mark.parametrize("name", FORMATS)
def test_properties_of_a_made_file(name: str, made_audio: dict[str, Path]) -> None:
    path = made_audio[name]
    found = read_properties(path)
    assert (found.container, found.codec, found.sample_rate) == EXPECTED[name]
    assert found.duration_seconds == pytest.approx(1.0, abs=0.1)
    assert found.channels == 1
    assert found.bitrate > 8_000
    assert found.size_bytes == path.stat().st_size
    assert found.checksum == hashlib.sha256(path.read_bytes()).hexdigest() == checksum(path)
    assert extension_for(found) == name


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("pretended", [*FORMATS, "txt", ""])
def test_the_name_plays_no_part(
    name: str, pretended: str, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / (f"tone.{pretended}" if pretended else "tone")
    shutil.copy(made_audio[name], path)
    assert extension_for(read_properties(path)) == name


def test_a_flac_file_behind_an_id3_tag_is_flac(made_audio: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "tone.mp3"
    id3 = b"ID3\x04\x00\x00" + bytes([0, 0, 1, 0]) + b"\0" * 128
    path.write_bytes(id3 + made_audio["flac"].read_bytes())
    assert read_properties(path).codec == "flac"


def test_alac_and_opus_in_mp4_are_told_from_aac(tmp_path: Path) -> None:
    alac = make_audio(tmp_path / "tone.m4a", extra=("-c:a", "alac"))
    assert read_properties(alac).codec == "alac"
    opus = make_audio(tmp_path / "tone2.m4a", extra=("-c:a", "libopus", "-f", "mp4"))
    assert read_properties(opus).codec == "opus"
    assert extension_for(read_properties(opus)) == "m4a"


def test_webm_is_refused_with_its_name(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "tone.webm")
    with pytest.raises(BadCandidateError, match="WebM"):
        read_properties(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 8192,
        b"<html>Sorry</html>" * 50,
        b"ID3",
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        b"OggS",
        b"fLaC",
        b"\0\0\0\x20ftypM4A ",
        b"\xff\xfb",
        b"RIFF\0\0\0\0WAVE",
    ],
)
@pytest.mark.parametrize("extension", ["mp3", "flac", "m4a", "opus"])
def test_what_is_not_audio_is_a_bad_candidate(
    content: bytes, extension: str, tmp_path: Path
) -> None:
    path = tmp_path / f"x.{extension}"
    path.write_bytes(content)
    with pytest.raises(BadCandidateError) as caught:
        read_properties(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_exception_of_mutagen_is_a_bad_candidate(
    made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RecursionError("nasty file")

    monkeypatch.setattr(audio_module.mutagen, "File", explode)
    with pytest.raises(BadCandidateError):
        read_properties(made_audio["mp3"])


def test_a_missing_file_is_transient(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"gone\.mp3"):
        read_properties(tmp_path / "gone.mp3")


def test_a_forbidden_file_and_a_folder_are_transient(
    made_audio: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TransientError):
        read_properties(tmp_path)
    opened: Callable[..., object] = Path.open

    def refuse(self: Path, *args: object, **kwargs: object) -> object:
        if self == made_audio["mp3"]:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)  # as root, no file mode would refuse
    with pytest.raises(TransientError, match="Permission denied"):
        read_properties(made_audio["mp3"])


def test_extension_of_less_common_formats() -> None:
    def of(container: str, codec: str) -> str:
        return extension_for(AudioProperties(container, codec, 1.0, 1, 1, 1, 1, ""))

    assert of("wav", "pcm") == "wav"
    assert of("ogg", "flac") == "oga"
    assert of("asf", "wma") == "wma"
    assert of("mp4", "alac") == "m4a"
    assert of("mp3", "mp2") == "mp2"


@pytest.mark.skipif(not collected_audio(), reason="no collected audio on this machine")
def test_every_collected_file_is_indexed_or_refused() -> None:
    indexed = refused = 0
    for path in collected_audio():
        try:
            found = read_properties(path)
        except BadCandidateError as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            indexed += 1
            assert found.duration_seconds > 0, path
            assert found.bitrate >= 0, path
            assert found.size_bytes == path.stat().st_size
            assert extension_for(found).isalnum(), path
    assert indexed > 250
    assert refused > 50


@pytest.mark.skipif(not collected_audio(), reason="no collected audio on this machine")
def test_collected_files_are_what_the_inventory_says() -> None:
    """Every file that mutagen opens by itself with a length, we open too, with the same length."""
    folder = fixtures_dir()
    assert folder is not None
    with (folder / "audio" / "INVENTORY.tsv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    compared = 0
    for row in rows:
        path = folder / row["file"]
        is_music = row["mutagen.File gives"] not in {"", "SMF", "OggTheora", "None"}
        if not (is_music and path.exists() and _to_float(row["length_s"]) > 0):
            continue
        found = read_properties(path)
        assert found.checksum == row["sha256"], path
        assert found.duration_seconds == pytest.approx(_to_float(row["length_s"]), abs=0.01), path
        compared += 1
    assert compared > 200


def _to_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def test_mutagen_alone_would_not_do(made_audio: dict[str, Path], tmp_path: Path) -> None:
    """This is why content comes before the name. The test fails if mutagen changes that."""
    path = tmp_path / "tone.mp3"
    shutil.copy(made_audio["flac"], path)
    with pytest.raises(mutagen.MutagenError):
        mutagen.File(path)
    assert read_properties(path).codec == "flac"
