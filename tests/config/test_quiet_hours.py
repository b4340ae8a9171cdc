"""Quiet hours and bandwidths as people write them, on days that are not like others too."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shanty.config.quiet_hours import QuietHours
from shanty.config.settings import load_settings
from shanty.config.values import parse_bandwidth
from shanty.errors import ConfigError

OSLO = ZoneInfo("Europe/Oslo")


def at(text: str, zone: ZoneInfo = OSLO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("18:00-23:00", at("2026-06-01 17:59:59"), None),
        ("18:00-23:00", at("2026-06-01 18:00"), at("2026-06-01 23:00")),
        ("18:00-23:00", at("2026-06-01 22:59:59"), at("2026-06-01 23:00")),
        ("18:00-23:00", at("2026-06-01 23:00"), None),
        ("22:30-6:15", at("2026-06-01 22:29"), None),
        ("22:30-6:15", at("2026-06-01 22:30"), at("2026-06-02 06:15")),
        ("22:30-6:15", at("2026-06-02 00:00"), at("2026-06-02 06:15")),
        ("22:30-6:15", at("2026-06-02 06:14"), at("2026-06-02 06:15")),
        ("22:30-6:15", at("2026-06-02 06:15"), None),
        ("18:00-24:00", at("2026-06-01 20:00"), at("2026-06-02 00:00")),
        ("0:00-7:00", at("2026-12-31 23:59"), None),
        # The night in which 2:00 is followed by 3:00: an hour less.
        ("22:00-6:00", at("2026-03-28 23:00"), datetime(2026, 3, 29, 4, 0, tzinfo=UTC)),
        # An end that does not exist that night is when it would have been.
        ("22:00-2:30", at("2026-03-28 23:00"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # The night in which 3:00 is followed by 2:00: an hour more.
        ("22:00-6:00", at("2026-10-24 23:00"), datetime(2026, 10, 25, 5, 0, tzinfo=UTC)),
        # An end that comes twice is the next one of both; after the first, it is quiet again.
        ("22:00-2:30", at("2026-10-25 02:15"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("22:00-2:30", at("2026-10-25 02:45"), None),
        ("22:00-2:30", at("2026-10-25 02:15", fold=1), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_until_when(hours: str, now: datetime, until: datetime | None) -> None:
    parsed = QuietHours.parse(hours)
    assert parsed is not None
    assert parsed.until(now.astimezone(UTC), OSLO) == until


def test_the_end_always_lies_ahead_and_is_not_quiet() -> None:
    """Every quarter of an hour of the two nights in which the clock is changed."""
    for day in (28, 24):
        month = 3 if day == 28 else 10
        for minutes in range(0, 36 * 60, 15):
            now = datetime.fromtimestamp(
                at(f"2026-{month:02}-{day} 12:00").timestamp() + minutes * 60, UTC
            )
            for hours in ("18:00-23:00", "22:00-2:30", "2:00-3:00", "1:45-2:15", "3:00-2:00"):
                parsed = QuietHours.parse(hours)
                assert parsed is not None
                if (until := parsed.until(now, OSLO)) is not None:
                    assert now < until
                    assert (until - now).total_seconds() <= 24 * 3600


def test_the_machines_own_zone_is_meant() -> None:
    now = datetime.now().astimezone()
    parsed = QuietHours.parse("0:00-23:59")
    assert parsed is not None
    until = parsed.until(now)
    if until is not None:  # but in the last minute of the day
        assert f"{until.astimezone():%H:%M}" == "23:59"


@pytest.mark.parametrize(
    "text", ["now", "18-23", "18:00", "25:00-26:00", "18:60-19:00", "7:00-7:00"]
)
def test_nonsense_names_the_key(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_DOWNLOAD__QUIET_HOURS", text)
    with pytest.raises(ConfigError, match=r"download\.quiet_hours"):
        load_settings()


def test_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_DOWNLOAD__QUIET_HOURS", "")
    assert load_settings().download.quiet_hours is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2M", 2 * 1024**2), ("500k", 500 * 1024), ("1.5MiB", 1536 * 1024), ("1GB/s", 1024**3)],
)
def test_bandwidths(text: str, expected: int) -> None:
    assert parse_bandwidth(text) == expected


@pytest.mark.parametrize("text", ["fast", "2 cows", "-1M", "0", "10", ""])
def test_bandwidths_that_are_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_DOWNLOAD__BANDWIDTH", text)
    with pytest.raises(ConfigError, match=r"download\.bandwidth"):
        load_settings()


def test_the_bandwidth_of_one_download() -> None:
    settings = load_settings(download={"bandwidth": "2M"}, workers={"download": 4})
    assert settings.bandwidth_of_a_download == 512 * 1024
    assert load_settings().bandwidth_of_a_download is None
