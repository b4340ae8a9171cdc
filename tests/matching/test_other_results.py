"""What all results of a search say together: whose song a cover is of, and what is about the song.

Each doubtful upload is asked about alone, and taken beside the other result.
"""

from __future__ import annotations

import pytest

from shanty.matching import rank
from shanty.models import Candidate
from shanty.music.entities import Recording
from tests.world.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted


def score_beside(doubtful: Candidate, song: Recording, *others: Candidate) -> float:
    """The score of a doubtful upload among other results."""
    found = rank([doubtful, *others], song)
    return next(one.score for one in found if one.title == doubtful.title)


COVERS = [
    # artist, title, the doubtful upload, another result
    ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (Toto Cover)", "Toto - {t}"),
    ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns [AC/DC cover]", "AC/DC - {t}"),
    ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (Toto cover)", "Ida Bo - {t}"),
    ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (Toto cover)", "{t} by Ida"),
    ("The Maydays", "Paper Lanterns", "Maydays: Paper Lanterns (a Toto cover)", "{t} (Toto)"),
    (
        "Die Laternen",
        "Kupferhimmel",
        "Die Laternen - Kupferhimmel (Cover: Rio Berg)",
        "Rio Berg - {t}",
    ),
    ("Los Faroles", "Cielo", "Los Faroles - Cielo (Mecano cover)", "Mecano - {t}"),
    ("Les Lanternes", "Ciel", "Les Lanternes - Ciel (reprise Noir Désir)", "Noir Désir - {t}"),
    ("Ида Берг", "Медное небо", "Ида Берг - Медное небо (Аквариум кавер)", "Аквариум - {t}"),
    ("Ида Берг", "Медное небо", "Ида Берг - Медное небо (cover Аквариум)", "Аквариум - {t}"),
    ("Ідa Берг", "Мідне небо", "Ідa Берг - Мідне небо (кавер-версія Скрябін)", "Скрябін - {t}"),
    (
        "Ίδα Μπεργκ",
        "Χάλκινος ουρανός",
        "Ίδα Μπεργκ - Χάλκινος ουρανός (Πυξ Λαξ κάβερ)",
        "Πυξ Λαξ - {t}",
    ),
    ("إيدا", "سماء النحاس", "إيدا - سماء النحاس (فيروز كوفر)", "فيروز - {t}"),
    ("אידה", "שמי נחושת", "אידה - שמי נחושת (קאבר משינה)", "משינה - {t}"),
    ("イダ・ベルク", "銅の空", "イダ・ベルク - 銅の空 (スピッツ カバー)", "スピッツ - {t}"),
    ("イダ・ベルク", "銅の空", "イダ・ベルク「銅の空」(スピッツカバー)", "スピッツ「{t}」"),
    ("아이다", "구리 하늘", "아이다 - 구리 하늘 (아이유 커버)", "아이유 - {t}"),
    ("伊達", "銅色的天空", "伊達 - 銅色的天空 (Beyond 翻唱)", "Beyond - {t}"),
    ("伊達", "銅色的天空", "伊達 - 銅色的天空（翻唱 五月天）", "五月天 - {t}"),
    (
        "Kağıt Fenerler",
        "Bakır Gök",
        "Kağıt Fenerler - Bakır Gök (Mor ve Ötesi cover)",
        "Mor ve Ötesi - {t}",
    ),
]


@pytest.mark.parametrize(("artist", "title", "doubtful", "other"), COVERS)
def test_a_cover_says_whose_song_it_is_if_others_have_the_song(
    artist: str, title: str, doubtful: str, other: str
) -> None:
    song = wanted(title, artist)
    cover, beside = upload(doubtful, "someone"), upload(other.format(t=title), "somebody", 230.0)
    assert score_of(cover, song) < ACCEPT
    assert ACCEPT <= score_beside(cover, song, beside) < 0.95
    # Where the song is the artist's own, it is somebody else's cover.
    for own in (f"{artist} - {title}", f"Ida - {title} ({artist} cover)", f"{title} ({artist})"):
        theirs = upload(own, "anybody", 300.0)
        assert score_beside(cover, song, beside, theirs) < ACCEPT, own


@pytest.mark.parametrize(
    ("doubtful", "channel"),
    [
        ("The Maydays - Paper Lanterns (Toto cover)", "Toto"),
        ("The Maydays - Paper Lanterns (Toto cover)", "TotoMusicChannel"),
        ("The Maydays - Paper Lanterns (Marie Toto cover)", "jmariemusic"),
        ("The Maydays - Paper Lanterns (cover by Toto)", "someone"),
        ("The Maydays - Paper Lanterns (Toto cover) [Live]", "someone"),
        ("The Maydays - Paper Lanterns (Toto AI cover)", "someone"),
        ("The Maydays - Paper Lanterns (Toto acoustic cover)", "someone"),
        ("Paper Lanterns - The Maydays (Toto cover)", "someone"),
        ("Paper Lanterns (Toto cover) - The Maydays", "someone"),
        ("Ida & The Maydays Revival - Paper Lanterns (Toto cover)", "someone"),
        *(
            (f"The Maydays - Paper Lanterns ({manner})", "someone")
            for manner in (
                *("cover", "metal cover", "bass cover", "complete cover", "my first cover"),
                *("female cover", "one man cover", "kids cover", "vocal cover", "mash up cover"),
                *("Coverversion für Kinder", "cover en español", "cover ranchera"),
                *("рок кавер", "детский кавер", "кавер на гитаре", "ギター カバー", "女性 カバー"),
                *("기타 커버", "여자 커버", "女声 翻唱", "吉他 翻唱", "كوفر", "קאבר"),
            )
        ),
    ],
)
def test_other_covers_are_nobodys_even_if_others_have_the_song(doubtful: str, channel: str) -> None:
    others = (upload("Toto - Paper Lanterns", "x"), upload("Ida Bo - Paper Lanterns", "y"))
    assert score_beside(upload(doubtful, channel), SONG, *others) < ACCEPT


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (a tribute to Toto)"),
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (cover of The Toto Band)"),
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns [covering Toto]"),
        ("Die Laternen", "Himmel", "Die Laternen - Himmel (Hommage an Rio Berg)"),
        ("Los Faroles", "Cielo", "Los Faroles - Cielo (homenaje a Mecano)"),
        ("Les Lanternes", "Ciel", "Les Lanternes - Ciel (hommage à Noir Désir)"),
        ("Le Lanterne", "Cielo", "Le Lanterne - Cielo (omaggio a Battisti)"),
        ("As Lanternas", "Céu", "As Lanternas - Céu (homenagem a Elis)"),
        ("Ида Берг", "Медное небо", "Ида Берг - Медное небо (кавер на Аквариум)"),
        ("Іда Берг", "Мідне небо", "Іда Берг - Мідне небо (кавер на Скрябін)"),
    ],
)
def test_a_cover_of_somebody_named_is_by_whoever_leads(artist: str, title: str, found: str) -> None:
    song = wanted(title, artist)
    assert score_of(upload(found, "someone"), song) >= ACCEPT
    # The wanted artist is the one who is covered, or nobody leads.
    by_another = found.replace(artist, "Bo Lund")
    whom = by_another[by_another.index("(" if "(" in by_another else "[") :]
    for wrong in (by_another, f"{title} {whom}", f"Bo Lund - {title} (tribute to {artist})"):
        assert score_of(upload(wrong, "someone"), song) < ACCEPT, wrong


@pytest.mark.parametrize(
    "words",
    ["tribute", "A Tribute", "tribute to the band", "tribute to The Maydays", "cover of the song"],
)
def test_a_tribute_to_nobody_in_particular_is_not_taken(words: str) -> None:
    assert score_of(upload(f"The Maydays - Paper Lanterns ({words})", "someone"), SONG) < REVIEW


ABOUT_THE_SONG = [
    # artist, title, the words, another result
    (
        "The Maydays",
        "Paper Lanterns",
        "(Burning in the Wind)",
        "Bo Lund - {t} (Burning In The Wind)",
    ),
    ("The Maydays", "Paper Lanterns", "(Francis Bo)", "Lund Quartet: {t} (Francis Bo)"),
    ("The Maydays", "Paper Lanterns", "- Calamity", "Bo Lund - {t} - Calamity"),
    ("The Maydays", "Paper Lanterns", "(Les lanternes bleues)", "{t}, Les lanternes bleues"),
    ("The Maydays", "Paper Lanterns", "by Francis Bo", "Francis Bo - {t}"),
    ("Ida Bo", "Laternenlied", "(Aus dem Tal der Winde)", "Bo Lund - {t} (aus dem Tal der Winde)"),
    ("Ida Bo", "La linterna", "(El farol del puerto)", "Los Lund - {t} (El farol del puerto)"),
    ("Ida Bo", "La lanterna", "- Turandina", "Bo Lund - {t} - Turandina"),
    ("Ida Bo", "Lanterne", "(Jacques Lund)", "Jacques Lund - {t}"),
    ("Ида Берг", "Фонари", "(Зацепин)", "Бо Лунд - {t} (Зацепин)"),
    ("Ида Берг", "Фонари", "- Служебная история", "Бо Лунд - {t} - Служебная история"),
    ("Іда Берг", "Ліхтарі", "(Костенко)", "Бо Лунд - {t} (Костенко)"),
    ("Ίδα Μπεργκ", "Φανάρια", "(Χατζιδάκις)", "Μπο Λουντ - {t} (Χατζιδάκις)"),
    ("إيدا", "فوانيس", "(الرحباني)", "بو - {t} (الرحباني)"),
    ("אידה", "פנסים", "(נעמי שמר)", "בו - {t} (נעמי שמר)"),
    ("イダ・ベルク", "灯籠", "（中島作曲）", "ボー・ルンド - {t}（中島作曲）"),
    ("아이다", "등불", "- 겨울이야기", "보 - {t} - 겨울이야기"),
    ("伊達", "燈籠", "(電視劇長安)", "波 - {t}（電視劇長安）"),
    ("Kağıt Fenerler", "Gök", "(Sezen Lund)", "Bo - {t} (Sezen Lund)"),
    ("Papierowe Lampiony", "Niebo", "(Czesław Lund)", "Bo - {t} (Czesław Lund)"),
]


@pytest.mark.parametrize(("artist", "title", "words", "other"), ABOUT_THE_SONG)
def test_words_that_others_use_are_about_the_song(
    artist: str, title: str, words: str, other: str
) -> None:
    song = wanted(title, artist)
    doubtful = upload(f"{artist} - {title} {words}", "someone")
    beside = upload(other.format(t=title), "somebody", 230.0)
    assert score_of(doubtful, song) < ACCEPT
    assert ACCEPT <= score_beside(doubtful, song, beside) < 0.95
    # Nobody else says it: it is the same uploader, the artist's own, or a version that has a name.
    bare = words.strip("()- ")
    for nobody in (
        upload(other.format(t=title), "someone", 230.0),
        upload(f"{artist} - {title} ({bare})", "somebody", 230.0),
        upload(f"Bo - {title} ({bare} Remix)", "somebody", 230.0),
        upload(f"Bo - Copper Sky ({bare})", "somebody", 230.0),
        upload(f"Bo - {title}", "somebody", 230.0),
    ):
        assert score_beside(doubtful, song, nobody) < ACCEPT, nobody.title


@pytest.mark.parametrize(
    "words",
    [
        *("Wembley 1986", "12/12/1991", "Part 2", "II", "in D minor", "Eurovision", "The Voice"),
        *("Sanremo", "Idol", "Radio Show", "Newport Festival", "jazz", "metal", "for kids"),
        *("karaoke", "piano version", "remix", "AI", "acoustic", "sped up", "Spanish Version"),
        *("Голос", "фестиваль", "для детей", "紅白", "복면가왕", "我是歌手", "ライブ", "ремикс"),
        *("Viña del Mar", "Olympia", "Stadion", "sahne", "φεστιβάλ", "حفلة", "הופעה", "男声"),
    ],
)
def test_words_for_a_version_or_an_occasion_are_asked_about_whoever_says_them(words: str) -> None:
    doubtful = upload(f"The Maydays - Paper Lanterns ({words})", "someone")
    others = [upload(f"{name} - Paper Lanterns ({words})", name) for name in ("Bo", "Lund")]
    assert score_beside(doubtful, SONG, *others) < ACCEPT


def test_somebody_else_who_plays_the_artists_song_is_no_word_about_it() -> None:
    doubtful = upload("The Maydays - Paper Lanterns (Bo Lund)", "someone")
    other = upload("Bo Lund - Paper Lanterns", "somebody")
    assert score_beside(doubtful, SONG, other) >= ACCEPT
    own = upload("The Maydays - Paper Lanterns", "anybody", 260.0)
    assert score_beside(doubtful, SONG, other, own) < ACCEPT
    in_front = upload("Bo Lund - Paper Lanterns - The Maydays", "someone")
    assert score_beside(in_front, SONG, other) < ACCEPT
