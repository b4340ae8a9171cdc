"""Several artists of a credit are themselves in whatever order and by whatever names people use."""

from __future__ import annotations

import pytest

from shanty.matching import rank
from shanty.matching.artist_names import are_same_people, split_people
from tests.world.uploads import ACCEPT, score_of, upload, wanted


@pytest.mark.parametrize(
    ("credit", "people"),
    [
        ("Ida Berg", ()),
        ("Ida Berg & Bo Lund", ("ida berg", "bo lund")),
        ("Berg-Lund", ("berg", "lund")),
        ("Ida/Bo", ("ida", "bo")),
        ("Ida feat. Bo, Cy and Di", ("ida", "bo", "cy", "di")),
        ("Ида Берг и Бо Лунд", ("ида берг", "бо лунд")),
        ("Ida y Bo con Cy", ("ida", "bo", "cy")),
    ],
)
def test_who_is_joined_in_a_credit(credit: str, people: tuple[str, ...]) -> None:
    assert split_people(credit) == people


@pytest.mark.parametrize(
    ("credit", "found", "is_same"),
    [
        ("Ida Berg & Bo Lund", "bo lund and ida berg", True),
        ("Ida Berg & Bo Lund", "berg and lund", True),
        ("Berg-Lund", "ida berg avec bo lund", True),
        ("Kris/Willie", "willie lund and kris berg", True),
        ("Ida Berg & Bo Lund", "ida berg", False),
        ("Ida Berg & Bo Lund", "ida and bo", False),
        ("Ida Berg & Bo Lund", "ida berg and bo lund and cy holm", False),
        ("Ida Berg & Bo Lund", "ida berg and bo holm", False),
        ("Ida Berg", "berg", False),
    ],
)
def test_whether_a_text_names_all_of_them_and_nobody_else(
    credit: str, found: str, is_same: bool
) -> None:
    assert are_same_people(found, split_people(credit)) == is_same


RIGHT = [
    ("Ida Berg feat. Bo Lund & The Maydays", "The Maydays featuring Ida Berg and Bo Lund - {t}"),
    ("Ida Berg & Bo Lund", "Berg & Lund - {t}"),
    ("Sidsel Berg and Mads Holm", "{t} - Berg and Holm"),
    ("Berg-Lund", "Ida Berg avec Bo Lund 1952 {t}.wmv"),
    ("Ella/Louis", "Louis Lund & Ella Berg - {t}"),
    ("Ида Берг и Бо Лунд", "Бо Лунд и Ида Берг - {t}"),
    ("Ida Berg con Bo Lund", "Ida Berg y Bo Lund {t}"),
    ("Isham Berg and His Orchestra", "Isham Berg's Orchestra - {t}"),
    ("Alabama Thunderclap", "Alabama Thunder Clap - {t}"),
    ("Isham Berg", "Ida feat. Isham Berg - {t}"),
    ("Isham Berg", "Mr. Isham Berg - {t}"),
    ("Берг", "Группа Берг - {t}"),
    ("פנסים", "להקת פנסים - {t}"),
    ("فانوس", "فرقة فانوس - {t}"),
    ("灯籠", "歌手 灯籠 - {t}"),
    ("Φανάρια", "Συγκρότημα Φανάρια - {t}"),
]


@pytest.mark.parametrize(("credit", "title"), RIGHT)
def test_the_artists_are_known_by_any_of_their_names(credit: str, title: str) -> None:
    for song in ("Copper Sky", "Медное небо", "銅の空"):
        found = upload(title.format(t=song), "someone")
        assert score_of(found, wanted(song, credit)) >= ACCEPT, song


@pytest.mark.parametrize(
    ("credit", "title", "channel"),
    [
        ("Ida Berg & Bo Lund", "Berg & Holm - {t}", "someone"),
        ("Ida Berg & Bo Lund", "Lund - {t}", "someone"),
        ("Genesis", "The Genesis Experience - {t}", "The Genesis Experience"),
        ("Genesis", "Fake Genesis - {t}", "Fake Genesis"),
        ("Berg-Lund", "Ida Berg, Bo Lund & Cy Holm - {t}", "someone"),
    ],
)
def test_others_of_nearly_the_same_names_are_asked_about(
    credit: str, title: str, channel: str
) -> None:
    song = wanted("Copper Sky", credit)
    wrong = upload(title.format(t="Copper Sky"), channel)
    right = upload(f"{credit} - Copper Sky", "someone")
    assert score_of(wrong, song) < ACCEPT
    best = rank([wrong, right], song)[0]
    assert (best.title, best.score >= ACCEPT) == (right.title, True)


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Let It Shine! Let It Shine! Let It Shine!", "Ida Berg - Let It Shine"),
        ("Twenty Four Lanterns", "Ida Berg - 24 Lanterns"),
        ("24 Lanterns", "Ida Berg - Twenty-Four Lanterns"),
        ("Treinta y dos faroles", "Ida Berg - 32 faroles"),
        ("Двадцать четыре фонаря", "Ida Berg - 24 фонаря"),
        ("Copper Sky", "Copper Sky = Ida Berg"),
        ("Copper Sky", "Ida Berg - Copper Sky from her album Lanterns"),
        ("Copper Sky", "Ida Berg - Copper Sky - The Best of Ida Berg"),
        ("Copper Sky", "Ida Berg - Copper Sky (sings the Maydays)"),
        ("Copper Sky", "Ida Berg - Copper Sky (from the 60's)"),
    ],
)
def test_a_title_is_the_same_however_often_or_with_what_it_is_said(title: str, found: str) -> None:
    assert score_of(upload(found, "someone"), wanted(title, "Ida Berg")) >= ACCEPT


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Twenty Four Lanterns", "Ida Berg - Twenty Five Lanterns"),
        ("24 Lanterns", "Ida Berg - Twenty-Two Lanterns"),
        ("Copper Sky", "Ida Berg - Copper Sky from her live album"),
        ("Copper Sky", "Ida Berg - Copper Sky (sings in the style of jazz)"),
        ("Copper Sky", "Ida Berg - Copper Sky = Silver Road"),
    ],
)
def test_another_number_and_another_song_beside_it_are_asked_about(title: str, found: str) -> None:
    assert score_of(upload(found, "someone"), wanted(title, "Ida Berg")) < ACCEPT


def test_a_cover_behind_the_one_who_had_it_first_is_settled_by_other_results() -> None:
    song = wanted("Copper Sky", "Ida Berg")
    doubtful = upload("Copper Sky - Toto (Ida Berg cover)", "someone")
    theirs, hers = upload("Toto - Copper Sky", "x", 230.0), upload("Ida Berg - Copper Sky", "y")
    assert score_of(doubtful, song) < ACCEPT
    found = {one.title: one.score for one in rank([doubtful, theirs], song)}
    assert ACCEPT <= found[doubtful.title] < 0.95
    # It is hers, and so a cover of hers; or it is Toto's own upload of one.
    assert rank([doubtful, theirs, hers], song)[0].title == hers.title
    assert rank([doubtful, hers], song)[-1].score < ACCEPT
    on_theirs = upload("Copper Sky - Toto (Ida Berg cover)", "Toto")
    assert all(one.score < ACCEPT for one in rank([on_theirs, theirs], song))


def test_a_cover_on_a_channel_named_after_the_artist_is_the_artists() -> None:
    song = wanted("Copper Sky", "Ida Berg")
    title = "Ida Berg - Copper Sky (Toto cover)"
    assert score_of(upload(title, "Ida Berg Brasil"), song) >= ACCEPT
    assert score_of(upload(title, "someone"), song) < ACCEPT
    assert score_of(upload("Copper Sky (Ida Berg cover)", "Ida Berg Brasil"), song) < ACCEPT
