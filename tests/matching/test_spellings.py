"""Titles and names that are the same in another spelling, and those that are not."""

from __future__ import annotations

import pytest

from tests.world.uploads import ACCEPT, score_of, upload, wanted


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [
        # numbers in names, in digits or in words
        ("The 4 Lanterns", "Copper Sky", "THE FOUR LANTERNS - COPPER SKY"),
        ("The Four Lanterns", "Copper Sky", "4 Lanterns - Copper Sky"),
        ("Die drei Laternen", "Himmel", "Die 3 Laternen - Himmel"),
        ("Los 3 Faroles", "Cielo", "Los Tres Faroles - Cielo"),
        ("Les Cinq Lanternes", "Ciel", "Les 5 Lanternes - Ciel"),
        ("Три фонаря", "Небо", "3 фонаря - Небо"),
        # contractions
        ("Ida Berg", "I'd Rather Go Home", "Ida Berg - I Would Rather Go Home"),
        ("Ida Berg", "It Is Over Now", "Ida Berg - It's Over Now"),
        ("Ida Berg", "You'll Be Back", "Ida Berg - You Will Be Back"),
        # signs between a name and its song
        ("Ida Berg", "Copper Sky", "Copper Sky ★ Ida Berg"),
        ("Ida Berg", "Copper Sky", "Ida Berg ... Copper Sky"),
        ("Ида Берг", "Медное небо", "Медное небо ♫ Ида Берг"),
        ("イダ・ベルク", "銅の空", "イダ・ベルク ☆ 銅の空"),
        ("아이다", "구리 하늘", "아이다 ♪ 구리 하늘"),
    ],
)
def test_another_spelling_is_the_same(artist: str, title: str, found: str) -> None:
    assert score_of(upload(found, "someone"), wanted(title, artist)) >= ACCEPT


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [
        ("The 4 Lanterns", "Copper Sky", "The 5 Lanterns - Copper Sky"),
        ("The Four Lanterns", "Copper Sky", "The Five Lanterns - Copper Sky"),
        ("Три фонаря", "Небо", "4 фонаря - Небо"),
        ("Once", "Copper Sky", "11 - Copper Sky"),
        ("Ida Berg", "I'd Rather Go Home", "Ida Berg - I Will Rather Go Home"),
        ("Ida Berg", "It's Over Now", "Ida Berg - It Was Over Now"),
        ("Ida Berg", "Copper Sky", "Copper Sky ★ Bo Lund"),
        ("Ida Berg", "Copper Sky", "Ida Berg ★ Copper Sky ★ Wembley"),
        ("イダ・ベルク", "銅の空", "ボー・ルンド ☆ 銅の空"),
    ],
)
def test_what_only_looks_like_another_spelling_is_asked_about(
    artist: str, title: str, found: str
) -> None:
    assert score_of(upload(found, "someone"), wanted(title, artist)) < ACCEPT
