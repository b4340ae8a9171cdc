"""Kinds of uploads that are not the recording, in many languages: each asked about, never taken.

Each case stands alone: it is the only result, as long as the recording. The right upload beside it
is taken.
"""

from __future__ import annotations

import pytest

from shanty.matching import rank
from tests.world.uploads import ACCEPT, SONG, score_of, upload, wanted

LANTERNS = {
    "en": "Paper Lanterns",
    "de": "Papierlaternen",
    "fr": "Lanternes de papier",
    "es": "Faroles de papel",
    "pt": "Lanternas de papel",
    "it": "Lanterne di carta",
    "pl": "Papierowe lampiony",
    "ru": "Бумажные фонари",
    "uk": "Паперові ліхтарі",
    "el": "Χάρτινα φανάρια",
    "ar": "فوانيس من ورق",
    "he": "פנסי נייר",
    "tr": "Kağıt fenerler",
    "ja": "紙のランタン",
    "zh": "紙燈籠",
    "ko": "종이 등불",
}

SAID_BY_THE_TITLE = [
    # a concert's date or place
    ("en", "{a} - {t} (12/12/1991)"),
    ("en", "{a} - {t} (2014-03-10)"),
    ("en", "{a} - {t} Wembley 1986"),
    ("en", "{a} - {t} @ Rock am Ring"),
    ("en", "{a} - {t} - Red Rocks, August 11, 2012"),
    ("de", "{a} - {t} 3. Oktober 1998 Westfalenhalle"),
    ("fr", "{a} - {t} (Olympia, 12 mars 2004)"),
    ("es", "{a} - {t} - Viña del Mar"),
    ("pt", "{a} - {t} (Rock in Rio)"),
    ("ru", "{a} - {t} (Лужники, 5 мая 2010)"),
    ("ja", "{a} - {t} 2019年5月3日 武道館"),
    ("zh", "{a} - {t} 紅磡體育館"),
    ("ko", "{a} - {t} 잠실 체조경기장"),
    # by somebody else
    ("en", '"{t}" ({a}) by JP Carter'),
    ("en", "{t} - {a} by Ida Berg"),
    ("en", "Ida Berg - {t} (The song of {a})"),
    ("en", "Ida Berg sings {t} ({a})"),
    ("en", "Ida Berg - {t} ({a})"),
    ("de", "{t} ({a}) gesungen von Ida Berg"),
    ("fr", "{t} ({a}) par Ida Berg"),
    ("es", "{t} de {a} por Ida Berg"),
    ("pt", "{t} ({a}) por Ida Berg"),
    ("pl", "{t} ({a}) śpiewa Ida Berg"),
    ("ru", "{t} ({a}) поёт Ида Берг"),
    ("tr", "Ida Berg - {t} ({a})"),
    ("el", "Ίδα Μπεργκ - {t} ({a})"),
    # the artist is only the original one
    ("en", "{t} (originally by {a})"),
    ("en", "Ida Berg - {t} (orig. {a})"),
    ("de", "{t} (im Original von {a})"),
    ("es", "{t} (original de {a})"),
    ("it", "{t} (originale di {a})"),
    ("ru", "{t} (оригинал: {a})"),
    ("ja", "{t}（原曲：{a}）"),
    ("zh", "{t}（原唱：{a}）"),
    ("ko", "{t} (원곡: {a})"),
    # other words behind the title or a dash
    ("en", "{a} - {t} drill"),
    ("en", "{a} - {t} but it's drill"),
    ("en", "{a} - {t} AI"),
    ("en", "{a} - {t} - AI"),
    ("en", "{a} - {t} type beat"),
    ("en", "{a} - {t} - Jersey Club"),
    ("en", "{a} - {t} | For Children"),
    ("en", "{a} - {t} amapiano"),
    ("de", "{a} - {t} für Kinder"),
    ("de", "{a} - {t} KI"),
    ("fr", "{a} - {t} IA"),
    ("es", "{a} - {t} para niños"),
    ("es", "{a} - {t} - cumbia"),
    ("pt", "{a} - {t} - funk"),
    ("it", "{a} - {t} - per bambini"),
    ("ru", "{a} - {t} для детей"),
    ("ru", "{a} - {t} ИИ"),
    ("uk", "{a} - {t} для дітей"),
    ("ar", "{a} - {t} للأطفال"),
    ("he", "{a} - {t} לילדים"),
    ("ja", "{a} - {t} 弾き語り"),
    ("zh", "{a} - {t} 童聲"),
    ("ko", "{a} - {t} 어린이"),
]
PLAIN = ("{a} - {t}", "{t} - {a} (2011)", "{a} {t}", "{a} | {t}")


@pytest.mark.parametrize(("language", "words"), SAID_BY_THE_TITLE)
def test_what_the_title_says_is_asked_about(language: str, words: str) -> None:
    title = LANTERNS[language]
    for artist in ("The Maydays", "Maren Østby"):
        song = wanted(title, artist)
        wrong = upload(words.format(a=artist, t=title), "someone")
        assert score_of(wrong, song) < ACCEPT
        for plain in PLAIN:
            right = upload(plain.format(a=artist, t=title), "somebody")
            assert score_of(right, song) >= ACCEPT, plain
            assert rank([wrong, right], song)[0].title == right.title


@pytest.mark.parametrize("channel", ["Ida Berg", "Ida Berg Official", "Ida Berg Music"])
@pytest.mark.parametrize(
    "words",
    [
        "Ida Berg - Paper Lanterns (The Maydays)",
        "Paper Lanterns (The Maydays) by Ida Berg",
        "Paper Lanterns - The Maydays - by Ida Berg",
        "Paper Lanterns (originally by The Maydays)",
        "Ida Berg: Paper Lanterns [The Maydays]",
    ],
)
def test_whoever_plays_it_on_their_own_channel_is_somebody_else(words: str, channel: str) -> None:
    assert score_of(upload(words, channel), SONG) < ACCEPT


def test_another_album_of_another_kind_is_asked_about() -> None:
    def found(album: str) -> float:
        one = upload("Paper Lanterns", "The Maydays - Topic", album=album, artists=("The Maydays",))
        return score_of(one, SONG, "Night Songs")

    for album in ("Live in Tokyo", "Demos 1999", "Acústico", "ライブ盤", "Концерт в Москве"):
        assert found(album) < ACCEPT
    # The same recording is on a single and on a collection, too.
    for album in ("Paper Lanterns", "The Very Best Of"):
        assert found(album) >= ACCEPT


@pytest.mark.parametrize("off", [-9.0, -4.0, 4.0, 6.5, 9.9])
def test_a_length_that_is_off_is_for_a_person_without_the_artists_own_channel(off: float) -> None:
    title = "The Maydays - Paper Lanterns"
    for channel in ("someone", "Label Records", ""):
        assert score_of(upload(title, channel, 200 + off), SONG) < ACCEPT
    for near in (-3.0, 3.0):
        assert score_of(upload(title, "someone", 200 + near), SONG) >= ACCEPT
    assert score_of(upload("Paper Lanterns", "The Maydays - Topic", 204.0), SONG) >= ACCEPT


def test_an_unknown_length_is_for_a_person_without_the_artists_own_channel() -> None:
    song = wanted("Paper Lanterns", "The Maydays", seconds=None)
    for seconds in (30.0, 200.0, 800.0):
        assert score_of(upload("The Maydays - Paper Lanterns", "someone", seconds), song) < ACCEPT
        assert score_of(upload("Paper Lanterns", "The Maydays - Topic", seconds), song) >= ACCEPT
