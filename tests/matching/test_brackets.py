"""What is in brackets in an upload's title and nothing explains: a person is asked."""

from __future__ import annotations

import pytest

from shanty.matching import score
from shanty.music.entities import Recording
from tests.world.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted


@pytest.mark.parametrize(
    "words",
    [
        *("Medieval Style", "Reimagined", "Jazz Version"),
        *("80's Version", "Ida Choir"),
        *("2020 Version", "Version 2", "Movie Version", "Lyric Video, Cathedral Version", "Part 2"),
    ],
)
def test_what_nothing_explains_in_brackets_is_for_a_person(words: str) -> None:
    for channel in ("someone", "The Maydays", "The Maydays - Topic"):
        for title in (f"The Maydays - Paper Lanterns ({words})", f"Paper Lanterns [{words}]"):
            total, parts = score(upload(title, channel), SONG)
            assert total < ACCEPT, (title, channel)
            assert total >= REVIEW or channel == "someone"
            assert parts[-1].name == "perhaps another version"
            assert parts[-1].note == words
    title = f"The Maydays - Paper Lanterns ({words})"
    for explained in (
        wanted(f"Paper Lanterns ({words})", "The Maydays"),
        wanted("Paper Lanterns", "The Maydays", disambiguation=words),
    ):
        assert score_of(upload(title), explained) >= ACCEPT
    assert score_of(upload(title), SONG, f"Night Songs ({words})") >= ACCEPT


@pytest.mark.parametrize(
    ("recording", "title", "channel"),
    [
        (SONG, "The Maydays - Paper Lanterns (Official Video) [HD UPGRADE]", "The Maydays"),
        (SONG, "The Maydays - Paper Lanterns [HCT Release]", "HaCongThands"),
        (SONG, "The Maydays - Paper Lanterns [Ida Uploads]", "Ida Uploads"),
        (SONG, "The Maydays - Paper Lanterns (Video by Ida)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (From the Album Night Songs)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (10th Anniversary Edition) (1999)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (feat. Ida) [Prod. by Bo] (w/ Cy)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (Remastered Version 2009)", "someone"),
        (SONG, "The Maydays [@themaydays] - Paper Lanterns (종이 등불)", "someone"),
        (SONG, "Paper Lanterns [TheMaydays] (Audio) (💖)", "TheMaydays"),
        # A translation is in brackets, too.
        (wanted("夜に駆ける", "YOASOBI"), "YOASOBI - 夜に駆ける (Into The Night)", "someone"),
        (wanted("22", "Ida"), "Ida - 22 (Official Video) (2012)", "someone"),
    ],
)
def test_what_is_ordinary_in_brackets_needs_no_person(
    recording: Recording, title: str, channel: str
) -> None:
    assert score_of(upload(title, channel), recording) >= ACCEPT


@pytest.mark.parametrize(
    ("song", "words"),
    [
        ("Paper Lanterns", ["Uncensored Version", "Dirty Version", "Dolby Atmos"]),
        ("Paper Lanterns", ["Videoklip", "Oficiální videoklip", "Hivatalos klip", "Versuri"]),
        ("Paper Lanterns", ["Video chính thức", "Officiell musikvideo"]),
        ("Бумажные фонари", ["Официальное видео", "Официальный видеоклип", "Лирик видео"]),
        ("Бумажные фонари", ["Премьера трека", "Премьера клипа", "ремастер", "Альбом 1988"]),
        ("Паперові ліхтарі", ["Офіційне відео", "Прем'єра кліпу", "Лірик відео"]),
        ("Χάρτινα φανάρια", ["Επίσημο βίντεο", "Επίσημο Βίντεο Κλιπ", "Στίχοι"]),
        ("فوانيس من ورق", ["فيديو كليب", "الفيديو الرسمي", "النسخة الأصلية", "كلمات الأغنية"]),
        ("פנסי נייר", ["הקליפ הרשמי", "קליפ רשמי"]),
        ("종이 등불", ["공식 오디오", "공식 비디오", "타이틀곡"]),
        ("紙燈籠", ["官方完整版", "電影主題曲", "歌詞版"]),
        ("紙のランタン", ["オフィシャルビデオ", "リリックビデオ", "ドラマ主題歌"]),
    ],
)
def test_presentation_needs_no_person_in_any_language(song: str, words: list[str]) -> None:
    for one in words:
        title = f"Ida - {song} ({one})"
        assert score_of(upload(title, "someone"), wanted(song, "Ida")) >= ACCEPT, title


@pytest.mark.parametrize(
    ("song", "words"),
    [
        ("Paper Lanterns", "Movie Version"),
        ("Бумажные фонари", "Симфоническая версия"),
        ("Бумажные фонари", "Версия для детей"),
        ("Χάρτινα φανάρια", "Παιδική χορωδία"),
        ("فوانيس من ورق", "نسخة الأطفال"),
        ("紙燈籠", "兒童合唱團"),
        # What is about the upload does not hide what is about the version.
        ("Бумажные фонари", "Видео с концерта"),
        ("Бумажные фонари", "Видео урок"),
        ("Бумажные фонари", "Видео с репетиции"),
        ("Паперові ліхтарі", "Відео наживо"),
        ("Χάρτινα φανάρια", "Βίντεο από συναυλία"),
        ("فوانيس من ورق", "فيديو حفلة"),
        ("פנסי נייר", "קליפ מהופעה חיה"),
    ],
)
def test_what_nothing_explains_is_for_a_person_in_any_language(song: str, words: str) -> None:
    assert score_of(upload(f"Ida - {song} ({words})", "Ida"), wanted(song, "Ida")) < ACCEPT


@pytest.mark.parametrize(
    ("recording", "title"),
    [
        (wanted("봄날", "BTS", aliases=("방탄소년단",)), "BTS (방탄소년단) '봄날' Official Audio"),
        (wanted("해야 (HEYA)", "IVE", aliases=("아이브",)), "IVE (아이브) - 해야 (HEYA)"),
        (wanted("Song", "Ida", aliases=("Ida Berg",)), "Ida (Berg) - Song"),
    ],
)
def test_another_name_of_the_artist_in_brackets_needs_no_person(
    recording: Recording, title: str
) -> None:
    assert score_of(upload(title, "someone"), recording) >= ACCEPT
    (part,) = recording.artist_credit.parts
    unknown = wanted(recording.title, part.name)
    assert score_of(upload(title, "someone"), unknown) < ACCEPT


def test_another_name_in_latin_letters_is_no_artist_of_an_upload() -> None:
    song = wanted("Song", "Ida", aliases=("Berg", "Live"))
    assert score_of(upload("Berg - Song", "someone"), song) < ACCEPT
    assert score_of(upload("Ida - Song (Live)", "someone"), song) < REVIEW


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Il lampionaio, Act 3: La notte", "Il lampionaio, Act 3: La notte (Il Conte)"),
        ("Suite no. 1: II. Laternen", "Suite No. 1: II. Laternen (Sehr rasch)"),
        (
            "Lampionstücke, op. 12: No. 2 Laternen",
            "Lampionstücke, Op. 12: 2. Laternen (Sehr rasch)",
        ),
        ("Ave Lucerna, D. 1839", "Ave Lucerna, D. 1839 (Arr. Berg)"),
    ],
)
def test_words_for_a_movement_on_the_artists_generated_channel_need_no_person(
    title: str, found: str
) -> None:
    song = wanted(title, "Ida Bo")
    assert score_of(upload(found, "Ida Bo - Topic", 201.0), song) >= ACCEPT
    for other in (
        upload(found, "Ida Bo - Topic", 202.0),
        upload(found, "Ida Bo - Topic", None),
        upload(f"Ida Bo - {found}", "someone"),
        upload(f"{found} [Salon Version]", "Ida Bo - Topic"),
        upload(f"{title} (Part 3)", "Ida Bo - Topic"),
    ):
        assert score_of(other, song) < ACCEPT
    unknown_length = wanted(title, "Ida Bo", seconds=None)
    assert score_of(upload(found, "Ida Bo - Topic"), unknown_length) < ACCEPT
    live = upload(f"{title} (Live)", "Ida Bo - Topic")
    assert score_of(live, song) < REVIEW
    # An instrumental, say, is as long as the song.
    for popular in ("Interlude: Paper Lanterns", "Mambo No. 5", "Lantern Act"):
        found = f"{popular} (Instrumentaali)"
        assert score_of(upload(found, "Ida Bo - Topic"), wanted(popular, "Ida Bo")) < ACCEPT
