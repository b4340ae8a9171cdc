"""A person's whole way through the pages of a running service, for tests.

Owns what is pressed, typed and awaited; the scene that lies ahead, with one song that nobody offers
and one that two unknown people offer; and how a mouse and a finger press. Every step is taken in
one page that is never loaded again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from shanty.demo.offers import RIGHT_KINDS, Offer, OfferKind
from shanty.demo.scene import VESPER
from shanty.demo.world import World
from shanty.models import TrackStatus, WantedTrack
from tests.world.login_cookies import GOOD
from tests.world.service_home import Home, wait_until

LEFT_OUT, ASKED_FOR = "Cathode Garden", "Long Wave"
BEGIN_SECONDS = 120  # a run is a process of its own, which has to start
TEMPLATE = "by hand/{artist}/{title}.{ext}"


@dataclass
class Scene:
    """An artist's album, of which the last songs make trouble."""

    world: World
    songs: list[str] = field(default_factory=list)
    kept: dict[str, tuple[Offer, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.world.scene is not None
        self.songs = [
            mbid
            for mbid, place in self.world.scene.by_recording.items()
            if (place.release.title, place.release.artist_credit.name) == (ASKED_FOR, VESPER)
        ]
        self.kept = {mbid: self.world.offers(mbid) for mbid in (self.doubtful, self.absent)}
        first = self.kept[self.doubtful][0]
        unknown = [
            replace(
                first,
                id=f"un{self.doubtful[:8]}{number}",  # as long as an id of that site
                kind=OfferKind.COVER,
                title=self.world.expected(self.doubtful).recording.title,
                channel=f"uploads {number}",
                sound=f"somebody else {number}",
                track="",
                artists=(),
                album="",
            )
            for number in range(2)
        ]
        decoys = [one for one in self.kept[self.doubtful] if one.kind not in RIGHT_KINDS]
        self.world.replace_offers(self.doubtful, (*unknown, *decoys))
        self.world.replace_offers(self.absent, ())

    @property
    def doubtful(self) -> str:
        """The song that two people offer who do not say whose it is."""
        return self.songs[-1]

    @property
    def absent(self) -> str:
        """The song that nobody offers until :meth:`offer_it`."""
        return self.songs[-2]

    def offer_it(self) -> None:
        """Offer the song that nobody has offered."""
        self.world.replace_offers(self.absent, self.kept[self.absent])


@dataclass
class Journey:
    """One person in one page. ``press`` is what they do to a button: a click or a tap."""

    home: Home
    scene: Scene
    page: Page
    press: Callable[[Locator], None]

    @property
    def url(self) -> str:
        return self.home.pages_url

    def go_to(self, place: str) -> None:
        """Go to a page by the navigation."""
        self.press(self.page.locator("#places").get_by_role("link", name=place, exact=True))
        expect(self.page.locator(f"#places [aria-current]:has-text('{place}')")).to_have_count(1)

    def press_button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name).first)

    def log_in(self) -> None:
        self.page.goto(self.url)
        self.page.get_by_label("Secret or password").fill(
            (self.home.home_dir / "secret").read_text().strip()
        )
        self.press_button("Log in")
        expect(self.page.get_by_role("heading", name="Recurring jobs")).to_be_visible()
        expect(self.page.locator(".headline")).to_contain_text("Nothing is wanted yet")
        self.page.evaluate("window.isTheSame = true")

    def add_an_artist(self) -> None:
        self.go_to("Add")
        self.page.get_by_label("What to add").fill(VESPER)
        self.press_button("Search")
        self.press(self.page.get_by_role("link", name=f"Choose albums of {VESPER}"))
        before = self.page.locator("#estimate").inner_text()
        tick = self.page.locator(".item", has_text=LEFT_OUT).locator("input[type=checkbox]")
        self.press(tick)
        expect(tick).not_to_be_checked()
        expect(self.page.locator("#estimate")).not_to_contain_text(before)
        self.press_button("Add, and keep looking")
        expect(self.page.get_by_role("status").first).to_contain_text("is wanted")

    def see_it_arrive(self, library: Page) -> None:
        """On Now, and on another page that has been open all the time."""
        self.go_to("Now")
        patience = 1000 * BEGIN_SECONDS
        expect(self.page.locator("#active .track-card").first).to_be_visible(timeout=patience)
        expect(self.page.locator("#arrivals")).to_contain_text(ASKED_FOR, timeout=patience)
        expect(library.locator("#found")).to_contain_text(ASKED_FOR)
        assert library.evaluate("window.isTheSame"), "it was loaded again"

    def review_by_ear(self) -> None:
        track = await_state(self.home, self.scene.doubtful, TrackStatus.NEEDS_REVIEW)
        self.press(self.page.locator("#needs").get_by_role("link", name="Review"))
        hits = self.page.locator(".hit")
        self.press(hits.first.locator(".play"))
        self.hear()
        self.press(hits.nth(1).locator("label"))
        taken = hits.nth(1).locator(".hit-title").inner_text()
        number = int(hits.nth(1).locator("input").get_attribute("value") or 0)
        self.press_button("Take it")
        expect(self.page.locator(".notice")).to_contain_text(taken)
        await_state(self.home, self.scene.doubtful, TrackStatus.IN_LIBRARY)
        file = self.home.catalog.files.of_track(track.id)
        assert file is not None and file.candidate_id == number, "another one was taken"

    def hear(self) -> None:
        """The sound really plays."""
        player, until = self.page.locator("#player"), time.monotonic() + 60
        while player.locator("audio").evaluate("one => one.currentTime") < 0.3:
            assert time.monotonic() < until, f"nothing is heard: {player.inner_text()}"

    def retry_what_failed(self) -> None:
        await_state(self.home, self.scene.absent, TrackStatus.FAILED)
        self.scene.offer_it()
        self.go_to("Now")
        self.press(self.page.locator("#needs").get_by_role("link", name="Look"))
        self.press(self.page.locator("#items input[type=checkbox]").first)
        self.press_button("Try again")
        expect(self.page.get_by_role("status").first).to_contain_text("will be tried again")
        await_state(self.home, self.scene.absent, TrackStatus.IN_LIBRARY)

    def steer_jobs(self) -> None:
        self.go_to("Now")
        before = self.home.job("maintenance").next_run
        assert before is not None
        self.press(self.page.get_by_label("Skip the next run of maintenance"))
        expect(self.page.locator(".notice")).to_be_visible()
        wait_until(lambda: (self.home.job("maintenance").next_run or before) > before, "skipped")
        self.press(self.page.get_by_label("Pause maintenance"))
        expect(self.page.get_by_label("Resume maintenance")).to_be_visible()
        assert self.home.job("maintenance").paused

    def undo_a_run(self) -> None:
        before = self.home.in_library()
        self.go_to("History")
        self.press(self.page.locator("#runs .run a").first)
        self.press_button("Undo this run")
        expect(self.page.locator(".notice")).to_be_visible()
        wait_until(lambda: self.home.in_library() < before, "it is taken back")

    def change_the_template(self) -> None:
        self.go_to("Settings")
        field = self.page.locator('[name="library.template"]')
        field.fill(TEMPLATE)
        expect(self.page.locator("#names li").first).to_contain_text("by hand/")
        self.press_button("Save library")
        expect(self.page.locator(".notice")).to_be_visible()
        assert TEMPLATE in (self.home.folder / "shanty.toml").read_text()

    def bring_cookies(self, file: Path) -> None:
        file.write_text(GOOD)
        self.go_to("Queue")
        self.page.locator("input[type=file]").set_input_files(file)
        self.press_button("Upload")
        expect(self.page.locator("#cookies")).to_contain_text("youtube.com: 1 cookie")


def await_state(home: Home, recording_mbid: str, status: TrackStatus) -> WantedTrack:
    """Wait until a song has come to a state."""

    def track() -> WantedTrack | None:
        found = home.catalog.tracks.list_tracks(status)
        return next((one for one in found if one.recording_mbid == recording_mbid), None)

    wait_until(lambda: track() is not None, f"{recording_mbid} is {status}", 2 * BEGIN_SECONDS)
    reached = track()
    assert reached is not None
    return reached
