"""What a test looks up in the world's discography."""

from __future__ import annotations

from shanty.demo.world import World
from shanty.music.entities import Artist, ReleaseGroup


def artist_of(world: World, name: str, about: str = "") -> Artist:
    assert world.scene is not None
    (found,) = [
        artist
        for artist in world.scene.artists
        if artist.name == name and about in artist.disambiguation
    ]
    return found


def group_of(world: World, title: str) -> ReleaseGroup:
    assert world.scene is not None
    (found,) = {group.mbid: group for group in world.scene.release_groups
                if group.title == title}.values()  # fmt: skip
    return found


def asked(world: World) -> int:
    return world.requests.total("catalogue")
