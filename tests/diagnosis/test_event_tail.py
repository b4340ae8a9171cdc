"""What the service prints of tracks: what was filed, and trouble, whatever becomes of the log."""

from __future__ import annotations

from pathlib import Path

from shanty.diagnosis.event_tail import EventTail

FILED = "organize · Ā – Ü · 2: filed as Ā/Ü.flac"
TROUBLE = "download · A – B: nothing is like it"


def write(log: Path, *lines: str, level: str = "INFO") -> None:
    with log.open("a", encoding="utf-8") as file:
        for line in lines:
            file.write(f"2026-11-30 22:10:46,123 {level:7} {line}\n")


def test_only_what_becomes_of_tracks_is_told(tmp_path: Path) -> None:
    log = tmp_path / "shanty.log"
    write(log, FILED)
    tail = EventTail(log)
    assert tail.read_news() == [], "what was there before is no news"
    write(log, "tag · A – B: tagged", FILED, "took back 2 items of a run that died")
    write(log, TROUBLE, level="WARNING")
    assert tail.read_news() == [FILED, TROUBLE]
    assert tail.read_news() == []


def test_a_log_that_is_begun_anew_is_followed(tmp_path: Path) -> None:
    log = tmp_path / "shanty.log"
    tail = EventTail(log)
    assert tail.read_news() == [], "it does not exist yet"
    write(log, FILED)
    assert tail.read_news() == [FILED]
    log.rename(tmp_path / "shanty.log.1")
    write(log, TROUBLE, level="ERROR")
    assert tail.read_news() == [TROUBLE]


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    log = tmp_path / "shanty.log"
    tail = EventTail(log)
    log.write_text(f"2026-11-30 22:10:46,123 INFO    {FILED}", encoding="utf-8")
    assert tail.read_news() == []
    with log.open("a", encoding="utf-8") as file:
        file.write("\n")
    assert tail.read_news() == [FILED]
