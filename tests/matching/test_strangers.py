"""Words that a stranger would put behind a song for something else than its recording.

Each is the only result and as long as the recording; the right upload beside it is taken.
"""

from __future__ import annotations

import pytest

from shanty.matching import rank
from tests.world.uploads import ACCEPT, SONG, score_of, upload, wanted

SONGS = [
    ("The Maydays", "Paper Lanterns"),
    ("Ида Берг", "Бумажные фонари"),
    ("イダ・ベルク", "紙のランタン"),
]

WORDS = [
    # games and toys
    *("(Rocksmith)", "(Guitar Hero)", "(Just Dance 2019)", "(Beat Saber)", "(Simlish)"),
    *("(The Muppets)", "(MIDI)", "(SNES Soundfont)", "(Roblox)", "(Clone Hero)"),
    # what was done to the sound
    *("[Empty Arena]", "(Isolated Guitar)", "(Bass Only)", "(Backing Vocals)", "(TV Track)"),
    *("(Wrong Pitch)", "(+3 semitones)", "(Higher Key)", "(Half Step Down)", "(0.8x)"),
    *("(45 to 33 RPM)", "(Dubplate)", "(Bo Rmx)", "(Bo Rerub)", "(re-prod. Bo)", "(Bassboost)"),
    # another form of it
    *("(Unreleased)", "(Leak)", "(CDQ)", "(Rap Verse)", "(Freestyle)", "(Redux)", "(Revisited)"),
    *("(Solo)", "(Encore)", "(Rehearsals)", "(Techno)", "(Drill)", "(Jazz)", "(Bossa Nova)"),
    *("(AI)", "#cover", "cover", "(Vers.)"),
    # where it was
    *("(Letterman)", "(SNL)", "(Studio 8H)", "(NPR)", "(Sofar)", "(Wembley)", "(Carpool)"),
    *("(VEVO DSCVR)", "(Spotify Singles)", "(Triple J Like A Version)", "(La Blogothèque)"),
    *("(HQ Audience Recording)", "(Pro Shot)", "(Soundboard)", "(from the rooftop)"),
    # with others
    *("(with the London Symphony Orchestra)", "(with Strings)", "(mit Orchester)"),
    *("feat. the Royal Philharmonic Orchestra", "(avec chœurs)", "(med orkester)"),
    # in other languages
    *("(ремейк)", "(переделка)", "(дуэт)", "(на баяне, джаз)", "под гитару", "(с хором)"),
    *("(アレンジ)", "(耳コピ)", "(オーケストラ)", "(初音ミク)", "(合唱)", "(原キー)"),
    *("(편곡)", "(오르골)", "(리메이크)", "(개사)", "(抖音版)", "(烟嗓版)", "(男声)", "(改編)"),
    *("(عزف)", "(دويتو)", "(ביצוע)", "(דואט)", "(लाइव)", "(रीमिक्स)", "(ढोल)", "(คัฟเวอร์)"),
    *("(remiks)", "(düet)", "(enstrümantal)", "(dueto)", "(versión banda)", "(norteño)"),
    *("(sinfónico)", "(versão forró)", "(sertanejo)", "(voz e violão)", "(al pianoforte)"),
    *("(guitare-voix)", "(orgue)", "(Blasorchester)", "(na gitarze)", "(zenekar)", "(sbor)"),
]


@pytest.mark.parametrize("words", WORDS)
def test_words_of_a_stranger_are_asked_about(words: str) -> None:
    for artist, title in SONGS:
        song = wanted(title, artist)
        right = upload(f"{title} ({artist})", "somebody")
        for channel in ("someone", artist):
            wrong = upload(f"{artist} - {title} {words}", channel)
            assert score_of(wrong, song) < ACCEPT, (artist, channel)
            assert rank([wrong, right], song)[0].title == right.title


@pytest.mark.parametrize(
    ("words", "channel"),
    [
        ("(Fleesh Version)", "Fleesh"),
        ("(Bo's Ver.)", "Bo Lund"),
        ("(версия Бо Лунда)", "Бо Лунда"),
        ("(versión de Los Bo)", "Los Bo"),
        ("(Official Audio - Synthesis)", "The Maydays"),
        ("(Audio | Piano Nights)", "The Maydays"),
        ("(Guitar Track)", "someone"),
        ("(Piano Video)", "someone"),
        ("(Movie Scene)", "someone"),
        ("(OG Version)", "someone"),
        ("(Version)", "someone"),
    ],
)
def test_what_stands_beside_harmless_words_is_asked_about(words: str, channel: str) -> None:
    assert score_of(upload(f"The Maydays - Paper Lanterns {words}", channel), SONG) < ACCEPT


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (Official Audio - HD)"),
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (Audio | Lyrics)"),
        ("The Maydays", "Paper Lanterns", "The Maydays & their Orchestra - Paper Lanterns"),
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (with their strings)"),
        ("The Maydays", "Paper Lanterns", "The Maydays - Paper Lanterns (33 rpm)"),
        (
            "The Maydays",
            "Paper Lanterns (with Strings)",
            "The Maydays - Paper Lanterns [with strings]",
        ),
        ("The Jazz Band", "Paper Lanterns", "The Jazz Band - Paper Lanterns (Jazz Band Video)"),
        ("イダ・ベルク", "紙のランタン", "イダ・ベルク - 紙のランタン (Into The Night)"),
        ("イダ・ベルク", "紙のランタン", "イダ・ベルク - 紙のランタン (Full ver.)"),
        ("Ида Берг", "Бумажные фонари", "Ида Берг - Бумажные фонари (Home Street Dreams)"),
        ("아이다", "종이 등불", "아이다 - 종이 등불 (My Dark House)"),
        ("伊達", "紙燈籠", "伊達 - 紙燈籠 (Paper Lantern)"),
    ],
)
def test_what_only_looks_like_a_strangers_words_is_taken(
    artist: str, title: str, found: str
) -> None:
    assert score_of(upload(found, "someone"), wanted(title, artist)) >= ACCEPT


LANTERNS = {
    "en": "Paper Lanterns",
    "fr": "Lanternes de papier",
    "pt": "Lanternas de papel",
    "it": "Lanterne di carta",
    "nl": "Papieren lantaarns",
    "pl": "Papierowe lampiony",
    "tr": "Kağıt fenerler",
    "uk": "Паперові ліхтарі",
    "ru": "Бумажные фонари",
    "el": "Χάρτινα φανάρια",
    "ar": "فوانيس من ورق",
    "he": "פנסי נייר",
    "ja": "紙のランタン",
    "zh": "紙燈籠",
    "ko": "종이 등불",
}
BY_OTHERS_OR_ELSEWHERE = [
    ("fr", "{t} (original de {a})"),
    ("fr", "Ida Berg - {t} (originale : {a})"),
    ("pt", "{t} (original de {a})"),
    ("pl", "{t} (oryginał: {a})"),
    ("tr", "{t} (orijinal: {a})"),
    ("uk", "{t} (оригінал: {a})"),
    ("el", "{t} (πρωτότυπο: {a})"),
    ("ar", "{t} (الأصل: {a})"),
    ("he", "{t} (במקור: {a})"),
    ("en", "Ida Berg - {t} (original artist {a})"),
    ("en", "{t} (famous by {a})"),
    ("ko", "{t} (원작: {a})"),
    ("zh", "{t}（原版：{a}）"),
    ("ja", "{t}（本家：{a}）"),
    ("ja", "イダ - {t}（元歌 {a}）"),
    ("ru", "Ида Берг - {t} (оригинал {a})"),
    ("it", "{t} ({a}) cantata da Ida Berg"),
    ("nl", "{t} ({a}) door Ida Berg"),
    ("uk", "{t} ({a}) від Іда Берг"),
    ("ja", "イダ・ベルク - {t} ({a})"),
    ("ko", "아이다 - {t} ({a})"),
    ("zh", "伊達 - {t} ({a})"),
    ("ar", "إيدا - {t} ({a})"),
    ("he", "אידה - {t} ({a})"),
    ("it", "{a} - {t} (Arena di Verona 2004)"),
    ("pl", "{a} - {t} (Sopot 1994)"),
    ("uk", "{a} - {t} (Палац спорту, 2011)"),
    ("el", "{a} - {t} (Ηρώδειο 2008)"),
    ("tr", "{a} - {t} (Harbiye 2015)"),
    ("ar", "{a} - {t} (قرطاج 2005)"),
    ("he", "{a} - {t} (קיסריה 2012)"),
    ("zh", "{a} - {t} (小巨蛋 2015)"),
    ("ko", "{a} - {t} (2018 고척돔)"),
    ("ja", "{a} - {t} (横浜アリーナ 2001)"),
]


@pytest.mark.parametrize(("language", "words"), BY_OTHERS_OR_ELSEWHERE)
def test_an_original_artist_another_player_and_a_stage_are_asked_about(
    language: str, words: str
) -> None:
    title = LANTERNS[language]
    for artist in ("The Maydays", "Maren Østby"):
        song = wanted(title, artist)
        wrong = upload(words.format(a=artist, t=title), "someone")
        right = upload(f"{title} | {artist}", "somebody")
        assert score_of(wrong, song) < ACCEPT
        assert rank([wrong, right], song)[0].title == right.title
        assert score_of(right, song) >= ACCEPT
