"""The whole way by the API alone: a program with the home's secret and no browser, for tests."""

from __future__ import annotations

from typing import Any

import requests

from shanty.demo.scene import VESPER
from shanty.models import TrackStatus
from tests.world.journey import ASKED_FOR, BEGIN_SECONDS, LEFT_OUT, TEMPLATE, Scene, await_state
from tests.world.login_cookies import GOOD
from tests.world.service_home import Home, wait_until


class Program:
    """A program that does what a person does in the pages."""

    def __init__(self, home: Home, scene: Scene):
        self._home, self._scene = home, scene
        self._url = f"http://127.0.0.1:{home.environment['SHANTY_WEB__PORT']}/api/v1"
        self._session = requests.Session()
        secret = (home.home_dir / "secret").read_text().strip()
        self._session.headers["Authorization"] = f"Bearer {secret}"

    def ask(self, path: str, method: str = "GET", body: object = None, **given: Any) -> Any:
        """The JSON of an answer, which must be a good one."""
        answer = self._session.request(method, self._url + path, json=body, timeout=60, **given)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    def go(self) -> None:
        """From an empty home to music, and everything else that a person does."""
        assert requests.get(f"{self._url}/status", timeout=60).status_code == 401
        self._add()
        self._review()
        self._retry()
        self._steer_jobs()
        self._undo()
        changes = {"library.template": TEMPLATE}
        names = self.ask("/settings/preview", "POST", {"changes": changes})["names"]
        assert names and all(name.startswith("by hand/") for name in names)
        state = self.ask("/settings")["state"]
        self.ask("/settings", "PATCH", {"changes": changes, "state": state})
        assert TEMPLATE in (self._home.folder / "shanty.toml").read_text()
        assert self.ask("/cookies", "POST", data=GOOD.encode())["kept"] == 1

    def _add(self) -> None:
        (offer,) = self.ask("/wishes", params={"q": VESPER})[:1]
        sheet = self.ask(f"/wishes/artists/{offer['mbid']}")
        without = [one["release_group_mbid"] for one in sheet["albums"] if one["title"] == LEFT_OUT]
        assert len(without) == 1
        wish = {"kind": "artist", "mbid": offer["mbid"], "without": without}
        assert self.ask("/wishes", "POST", wish)["name"] == VESPER

        def titles() -> list[str]:
            return [one["title"] for one in self.ask("/library/albums")["items"]]

        wait_until(lambda: ASKED_FOR in titles(), "the album appears", 2 * BEGIN_SECONDS)
        assert LEFT_OUT not in titles()

    def _review(self) -> None:
        track = await_state(self._home, self._scene.doubtful, TrackStatus.NEEDS_REVIEW)
        _, second, *_ = self.ask(f"/review/{track.id}")["candidates"]
        sound = self.ask(second["preview"].removeprefix("/api/v1"))
        assert sound[:3] == b"ID3" or sound[:1] == b"\xff", "it is no MP3"
        self.ask(f"/review/{track.id}/accept", "POST", {"candidate": second["id"]})
        await_state(self._home, self._scene.doubtful, TrackStatus.IN_LIBRARY)
        assert self.ask(f"/tracks/{track.id}")["source_id"] == second["id"]

    def _retry(self) -> None:
        track = await_state(self._home, self._scene.absent, TrackStatus.FAILED)
        self._scene.offer_it()
        self.ask(f"/tracks/{track.id}/retry", "POST")
        await_state(self._home, self._scene.absent, TrackStatus.IN_LIBRARY)

    def _steer_jobs(self) -> None:
        before = self._home.job("maintenance").next_run
        self.ask("/jobs/maintenance/skip", "POST")
        self.ask("/jobs/maintenance/pause", "POST")
        after = self._home.job("maintenance")
        assert after.paused and after.next_run != before

    def _undo(self) -> None:
        before = self._home.in_library()
        (run, *_) = self.ask("/history")["items"]
        self.ask(f"/history/{run['run']}/undo", "POST")
        assert self._home.in_library() < before
