"""Kinds of uploads that are not the recording, in many languages: each asked about, never taken.

Each case stands alone: it is the only result, as long as the recording. The right upload beside it
is taken.
"""

from __future__ import annotations

import pytest

from shanty.matching import rank
from tests.world.uploads import ACCEPT, SONG, score_of, upload, wanted

OTHER_COUNTS = [
    # wanted, another one, the wanted one as somebody else writes it
    ("Paper Lanterns, Part 2 of 2", "Paper Lanterns, Part 1 of 2", "Paper Lanterns (Part 2/2)"),
    ("Sonata op. 2 no. 1", "Sonata op. 1 no. 2", "Sonata Op.2 No.1"),
    ("Kapitel 12, Teil 2", "Kapitel 12, Teil 12", "Kapitel 12 - Teil 2"),
    ("Lantern 3.2", "Lantern 3.3", "Lantern 3.2 (Official Audio)"),
    ("Lantern Study XLI", "Lantern Study XLII", "Lantern Study 41"),
    ("Paper Lanterns, Part A", "Paper Lanterns, Part B", "Paper Lanterns (Part A)"),
    ("Laternensuite: Erster Satz", "Laternensuite: Dritter Satz", "Laternensuite, 1. Satz"),
    ("灯籠組曲 第一", "灯籠組曲 第二", "灯籠組曲 第1"),
    ("Paper Lanterns", "Paper Lanterns 2", "Paper Lanterns"),
    ("Paper Lanterns", "Paper Lanterns II", "Paper Lanterns (Official Video)"),
    ("Paper Lanterns", "Paper Lanterns, Pt. 2", "Paper Lanterns [1080p]"),
    ("Paper Lanterns (Part II)", "Paper Lanterns", "Paper Lanterns Pt. 2"),
    ("Interlude 2", "Interlude", "02 Interlude 2"),
    ("Interlude IV", "Interlude VI", "Interlude 4"),
    ("Etude no. 12", "Etude no. 21", "Étude No. 12"),
    (
        "Lantern Variations: Var. 11",
        "Lantern Variations: Var. 1",
        "Lantern Variations: Variation 11",
    ),
    ("Symphony no. 2: 3rd movement", "Symphony no. 3: 2nd movement", "Symphony No. 2, Movement 3"),
    ("Act 2, Scene 1", "Act 1, Scene 2", "Act II, Scene I"),
    ("Paris 1919", "Paris 1920", "Paris 1919 (2006 Remaster)"),
    ("Lantern Tales: Take 1", "Lantern Tales: Take 2", "Lantern Tales (Take 1)"),
    ("Suite: Premier mouvement", "Suite: Deuxième mouvement", "Suite : 1er mouvement"),
    ("Faroles, primera parte", "Faroles, segunda parte", "Faroles (Parte 1)"),
    ("Lanterne, parte seconda", "Lanterne, parte prima", "Lanterne (Parte II)"),
    ("Lanternas, segunda parte", "Lanternas, terceira parte", "Lanternas, Parte 2"),
    ("Lantaarns, tweede deel", "Lantaarns, eerste deel", "Lantaarns, deel 2"),
    ("Lyktor, del två", "Lyktor, del tre", "Lyktor, del 2"),
    ("Svit: Första satsen", "Svit: Andra satsen", "Svit: 1. satsen"),
    ("Lyhdyt, osa kaksi", "Lyhdyt, osa kolme", "Lyhdyt, osa 2"),
    ("Lampiony, część druga", "Lampiony, część pierwsza", "Lampiony cz. 2"),
    ("Lampiony, druhá část", "Lampiony, třetí část", "Lampiony, část 2"),
    ("Lámpások, második rész", "Lámpások, első rész", "Lámpások, 2. rész"),
    ("Fenerler, ikinci bölüm", "Fenerler, birinci bölüm", "Fenerler, bölüm 2"),
    ("Фонари, часть вторая", "Фонари, часть первая", "Фонари, часть 2"),
    ("Ліхтарі, частина перша", "Ліхтарі, частина друга", "Ліхтарі (частина 1)"),
    ("Φανάρια, μέρος πρώτο", "Φανάρια, μέρος δεύτερο", "Φανάρια (Μέρος 1)"),
    ("فوانيس الجزء الأول", "فوانيس الجزء الثاني", "فوانيس (الجزء 1)"),
    ("פנסים חלק א", "פנסים חלק ב", "פנסים - חלק א"),
    ("लालटेन भाग 1", "लालटेन भाग 2", "लालटेन (भाग 1)"),
    ("交響曲第五番 第二楽章", "交響曲第五番 第三楽章", "交響曲第5番 第2楽章"),
    ("紙燈籠 第十二章", "紙燈籠 第二章", "紙燈籠 第12章"),
    ("紙のランタン 前編", "紙のランタン 後編", "紙のランタン（前編）"),
    ("紙のランタン その二", "紙のランタン その三", "紙のランタン その2"),
    ("紙のランタン パート1", "紙のランタン パート2", "紙のランタン（パート1）"),
    ("纸灯笼（上）", "纸灯笼（下）", "纸灯笼 (上)"),
    ("종이 등불 제1악장", "종이 등불 제2악장", "종이 등불 1악장"),
    ("종이 등불 2부", "종이 등불 1부", "종이 등불 (2부)"),
]


@pytest.mark.parametrize(("title", "other", "same"), OTHER_COUNTS)
def test_what_counts_otherwise_is_asked_about(title: str, other: str, same: str) -> None:
    song = wanted(title, "The Maydays")
    for channel in ("The Maydays - Topic", "someone"):
        wrong = upload(f"The Maydays - {other}", channel)
        right = upload(f"The Maydays - {same}", channel)
        assert score_of(wrong, song) < ACCEPT, channel
        assert score_of(right, song) >= ACCEPT, channel
        assert rank([wrong, right], song)[0].title == right.title


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


NEARLY_THE_NAME = [
    ("The Beatles", "The Beats"),
    ("The Beatles", "The Beetles"),
    ("The Beatles", "Beatless"),
    ("The Maydays", "The Maydaze"),
    ("The Maydays", "The Mayday"),
    ("The Maydays", "The Fake Maydays"),
    ("The Maydays", "The Maydays Revival"),
    ("The Maydays", "The Bootleg Maydays"),
    ("The Maydays", "The Maydays Experience"),
    ("Maren Østby", "Marta Østby"),
    ("Maren Østby", "Maren Østbø"),
    ("Ida Bergström", "Ida Bergstrom Jr."),
    ("Los Faroles", "Los Farolitos"),
    ("Les Lanternes", "Les Lanterne"),
    ("Die Laternen", "Die Laternchen"),
    ("Бумажные фонари", "Бумажный фонарь"),
    ("Кинохроника", "Кинохроники"),
    ("Χάρτινα Φανάρια", "Χάρτινα Φανάρι"),
    ("فوانيس الورق", "فوانيس الورد"),
    ("פנסי הנייר", "פנסי הנייד"),
    ("とうろうバンド", "とうろうハンド"),
    ("종이등불밴드", "종이등불벤드"),
    ("Kağıt Fenerler", "Kağıt Feneri"),
]


@pytest.mark.parametrize(("artist", "other"), NEARLY_THE_NAME)
def test_a_name_that_is_nearly_the_artists_is_asked_about(artist: str, other: str) -> None:
    song = wanted("Copper Sky", artist)
    wrong, right = upload(f"{other} - Copper Sky"), upload(f"{artist} - Copper Sky")
    assert score_of(wrong, song) < ACCEPT
    assert score_of(right, song) >= ACCEPT


HARMLESS = [
    ("Isham Berg", "Isham Berg & His Orchestra - Copper Sky"),
    ("Isham Berg", "Isham Berg and The Trio - Copper Sky"),
    ("Isham Berg", "Isham Berg & his Large Band - Copper Sky"),
    ("Isham Berg", "Isham Berg Quartet - Copper Sky (1931)"),
    ("Isham Berg and His Orchestra", "Isham Berg - Copper Sky"),
    ("Isham Berg Orchestra", "Copper Sky - Isham Berg"),
    ("Isham Berg", "isham berg copper sky"),
    ("Isham Berg", "Copper Sky Isham Berg"),
    ("Isham Berg", "Copper Sky by Isham Berg"),
    ("Isham Berg", "Isham Berg - Copper Sky 1979"),
    ("Isham Berg", "Isham Berg - Copper Sky 45rpm"),
    ("Isham Berg", "Isham Berg - Copper Sky.wmv"),
    ("Isham Berg", "Isham Berg x Ida - Copper Sky"),
    ("Isham Berg", "Isham Berg, Ida & Bo - Copper Sky"),
    ("Isham Berg", "Ida x Isham Berg - Copper Sky"),
    ("Isham Berg", "Isham Berg - The Copper Sky"),
    ("Isham Berg", "Isham Berg - 04 Copper Sky (HQ)"),
    ("Isham Berg", "Isham Berg - Copper Sky (Van Gelder Edition / Remastered 2009)"),
    ("Isham Berg", "Isham Berg - Copper Sky (Studio Version)"),
    ("Isham Berg", "Isham Berg - Copper Sky - www.example.com"),
    ("Isham Berg", "Isham Berg-Copper Sky"),
    ("Isham Berg", "Isham Berg y su orquesta - Copper Sky"),
    ("Isham Berg", "Isham Berg et son orchestre - Copper Sky"),
    ("Isham Berg", "Isham Berg und sein Orchester - Copper Sky"),
    ("Ида Берг", "Ида Берг и оркестр - Copper Sky"),
    ("イダ", "イダ × ボー - Copper Sky"),
]


@pytest.mark.parametrize(("artist", "title"), HARMLESS)
def test_what_is_harmless_is_taken(artist: str, title: str) -> None:
    assert score_of(upload(title, "someone"), wanted("Copper Sky", artist)) >= ACCEPT


ALBUMS_WITH_A_WORD = [
    ("Live Through This", "live"),
    ("Clean", "clean version"),
    ("Trailer Park", "trailer"),
    ("Playback", "playback"),
    ("Loop", "1 hour loop"),
    ("Demo Days", "demo"),
    ("The Acoustic Motorbike", "acoustic"),
    ("Extended Play", "extended"),
    ("Slow Motion Reversed", "reversed"),
    ("Instrumental Breakdown", "instrumental"),
    ("Concert in the Garden", "concert"),
    ("Karaoke Nights", "karaoke"),
    ("Das Konzert der Laternen", "Konzert"),
    ("En Vivo Color", "en vivo"),
    ("Ao Vivo e a Cores", "ao vivo"),
    ("Dal Vivo del Mare", "dal vivo"),
    ("Canlı Renkler", "canlı"),
    ("Живой", "живой"),
    ("Концерт дождя", "концерт"),
    ("Ζωντανά Χρώματα", "ζωντανά"),
    ("ライブの街", "ライブ"),
    ("现场直播", "现场"),
    ("라이브 러브", "라이브"),
    ("Une Reprise", "reprise"),
]


@pytest.mark.parametrize(("album", "words"), ALBUMS_WITH_A_WORD)
def test_a_word_in_an_albums_title_opens_no_door(album: str, words: str) -> None:
    wrong = upload(f"The Maydays - Paper Lanterns ({words})", "The Maydays")
    right = upload("Paper Lanterns", "The Maydays - Topic", album=album, artists=("The Maydays",))
    assert score_of(wrong, SONG, album) < ACCEPT
    assert score_of(right, SONG, album) >= ACCEPT
    assert rank([wrong, right], SONG, album)[0].title == right.title


@pytest.mark.parametrize(
    ("release_type", "words"),
    [
        *(("Live", word) for word in ("Live", "en vivo", "ao vivo", "концерт", "ライブ", "라이브")),
        *(("Demo", word) for word in ("Demo", "maqueta", "демо", "デモ")),
        ("DJ-mix", "Mixed"),
    ],
)
def test_the_type_of_the_release_says_what_is_wanted(release_type: str, words: str) -> None:
    song = wanted("Paper Lanterns", "The Maydays", release_types=(release_type,))
    studio = upload("Paper Lanterns", "The Maydays - Topic")
    assert score_of(studio, song, "Night Songs") < ACCEPT
    if release_type != "DJ-mix":
        right = upload(f"The Maydays - Paper Lanterns ({words})", "someone")
        assert score_of(right, song, "Night Songs") >= ACCEPT
    on_it = upload(
        "Paper Lanterns", "The Maydays - Topic", album="Night Songs", artists=("The Maydays",)
    )
    assert score_of(on_it, song, "Night Songs") >= ACCEPT


GENERIC = (
    *("Intro", "Interlude", "Untitled", "Outro", "Skit", "Overture", "Interlude 2", "Main Title"),
    *("Vorspiel", "Zwischenspiel", "Interludio", "Sans titre", "Intermède", "Senza titolo"),
    *("Introdução", "Wstęp", "Вступление", "Без названия", "Εισαγωγή", "مقدمة", "פתיחה"),
    *("イントロ", "間奏曲", "无题", "인트로", "서곡"),
)


@pytest.mark.parametrize("title", GENERIC)
def test_a_title_that_many_albums_have_is_asked_about_on_another_one(title: str) -> None:
    song = wanted(title, "The Maydays")

    def found(album: str) -> float:
        one = upload(title, "The Maydays - Topic", album=album, artists=("The Maydays",))
        return score_of(one, song, "Night Songs")

    assert found("Day Songs") < ACCEPT
    assert found("Night Songs (Deluxe)") >= ACCEPT


def test_another_album_of_another_kind_is_asked_about() -> None:
    def found(album: str) -> float:
        one = upload("Paper Lanterns", "The Maydays - Topic", album=album, artists=("The Maydays",))
        return score_of(one, SONG, "Night Songs")

    for album in ("Live in Tokyo", "Demos 1999", "Acústico", "ライブ盤", "Концерт в Москве"):
        assert found(album) < ACCEPT
    # The same recording is on a single and on a collection, too.
    for album in ("Paper Lanterns", "The Very Best Of"):
        assert found(album) >= ACCEPT


@pytest.mark.parametrize(
    ("clean", "explicit"),
    [
        ("Clean", "Explicit"),
        ("Clean Version", "Uncensored"),
        ("censurada", "sin censura"),
        ("censurée", "non censurée"),
        ("zensiert", "unzensiert"),
        ("censurata", "senza censura"),
        ("versão limpa", "sem censura"),
        ("с цензурой", "без цензуры"),
        ("クリーンバージョン", "無修正"),
        ("净化版", "未删减"),
        ("클린", "무삭제"),
    ],
)
def test_a_clean_recording_is_not_the_explicit_one(clean: str, explicit: str) -> None:
    tidy = wanted("Paper Lanterns", "The Maydays", disambiguation="clean")
    foul = wanted("Paper Lanterns", "The Maydays", disambiguation="explicit")
    for channel in ("someone", "The Maydays"):
        says_clean = upload(f"The Maydays - Paper Lanterns ({clean})", channel)
        says_explicit = upload(f"The Maydays - Paper Lanterns ({explicit})", channel)
        says_nothing = upload("The Maydays - Paper Lanterns", channel)
        assert score_of(says_clean, tidy) >= ACCEPT
        assert score_of(says_explicit, tidy) < ACCEPT
        assert score_of(says_nothing, tidy) < ACCEPT
        assert score_of(says_clean, foul) < ACCEPT
        assert score_of(says_explicit, foul) >= ACCEPT


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
