"""Words for versions, foreign words and covers, in many languages: asked about, or harmless."""

from __future__ import annotations

import pytest

from tests.world.uploads import ACCEPT, score_of, upload, wanted

TITLES = ("Paper Lanterns", "Бумажные фонари", "紙のランタン", "فوانيس من ورق", "Kağıt fenerler")

WORDS = (
    # karaoke and without a voice
    *("karaoke", "karaoké", "karaokê", "караоке", "минусовка", "カラオケ", "伴奏版", "노래방"),
    *("كاريوكي", "קריוקי", "καραόκε", "คาราโอเกะ", "कराओके", "podkład muzyczny", "nhạc nền"),
    *("ohne Gesang", "sin voz", "sem voz", "senza voce", "sans voix", "zonder zang", "uden sang"),
    *("ilman laulua", "bez wokalu", "без вокала", "بدون موسيقى", "ללא שירה", "sözsüz", "반주"),
    # another tempo
    *("nightcore", "slowed", "8D", "acelerado", "accéléré", "beschleunigt", "velocizzato"),
    *("przyspieszone", "hızlandırılmış", "ускорено", "прискорена", "مسرعة", "מואץ", "加速版"),
    *("스피드업", "ralenti", "verlangsamt", "rallentato", "spowolnione", "yavaşlatılmış"),
    *("замедленно", "сповільнена", "بطيئة", "מואט", "减速版", "슬로우", "8д"),
    # made by a machine
    *("AI Cover", "IA cover", "KI-Cover", "ИИ кавер", "нейросеть", "AIカバー", "AI翻唱", "AI 커버"),
    *("inteligência artificial", "intelligence artificielle", "künstliche Intelligenz"),
    *(
        "yapay zeka",
        "sztuczna inteligencja",
        "ذكاء اصطناعي",
        "בינה מלאכותית",
        "人工知能",
        "인공지능",
    ),
    # somebody else's, and other ends
    *("кавер", "翻唱", "歌ってみた", "커버", "κάβερ", "קאבר", "przeróbka", "feldolgozás", "致敬"),
    *("тизер", "予告", "예고", "отрывок", "1 час", "ريمكس", "רמיקס", "ρεμίξ"),
    *("女声版", "男版", "DJ版", "여자 키", "鋼琴"),
)


@pytest.mark.parametrize("words", WORDS)
def test_a_word_says_the_same_beside_any_title(words: str) -> None:
    for title in TITLES:
        for form in ("{a} - {t} ({w})", "{a} - {t} [{w}]"):
            wrong = upload(form.format(a="The Maydays", t=title, w=words), "someone")
            assert score_of(wrong, wanted(title, "The Maydays")) < ACCEPT, (title, form)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Paper Lanterns", "(для детей)"),
        ("Paper Lanterns", "- Лужники"),
        ("Paper Lanterns", "武道館"),
        ("Paper Lanterns", "- 紅館"),
        ("Paper Lanterns", "(للأطفال)"),
        ("Paper Lanterns", "- קיסריה"),
        ("Paper Lanterns", "- 잠실"),
        ("Papierlaternen", "(на бис)"),
        ("Lanternas de papel", "(בחוץ)"),
        ("Kağıt fenerler", "- στην πλατεία"),
        ("Бумажные фонари", "(حديقة)"),
        ("Бумажные фонари", "- 野外"),
        ("紙のランタン", "(в саду)"),
        ("紙のランタン", "女版"),
        ("紙燈籠", "女声"),
        ("فوانيس من ورق", "(в саду)"),
        ("종이 등불", "야외"),
        ("Paper Lanterns", "- 12.03.2004"),
        ("Paper Lanterns", "2004-03-12"),
        ("Paper Lanterns", "3/12/94"),
        ("Бумажные фонари", "- 12.03.2004"),
        ("紙のランタン", "2004/03/12"),
    ],
)
def test_unknown_words_in_foreign_letters_and_days_are_asked_about(title: str, words: str) -> None:
    song = wanted(title, "The Maydays")
    assert score_of(upload(f"The Maydays - {title} {words}", "someone"), song) < ACCEPT
    assert score_of(upload(f"The Maydays - {title}", "someone"), song) >= ACCEPT


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [
        ("紙の楽団", "銅の空", "紙の楽団 - 銅の空 (Copper Sky)"),
        ("紙の楽団", "Copper Sky", "紙の楽団 - Copper Sky (銅の空)"),
        ("Кино", "Медное небо", "Кино - Медное небо (Copper Sky)"),
        ("Кино", "Copper Sky", "Кино - Copper Sky (Медное небо)"),
        ("فرقة الورق", "سماء النحاس", "فرقة الورق - سماء النحاس (Copper Sky)"),
        ("종이악단", "Copper Sky", "종이악단 - Copper Sky (구리 하늘)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (구리 하늘)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (官方 MV)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky【公式】"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky 中文字幕"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (日本語字幕)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (한글자막)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky مترجمة"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (перевод)"),
        ("Paper Band", "Copper Sky", "Paper Band - Copper Sky (traducido al español)"),
    ],
)
def test_a_translation_needs_no_person(artist: str, title: str, found: str) -> None:
    assert score_of(upload(found, "someone"), wanted(title, artist)) >= ACCEPT


@pytest.mark.parametrize(
    ("artist", "title", "found", "channel"),
    [
        # on the artist's own channel, a cover says whose song it is
        ("Isham Berg", "Copper Sky", "Isham Berg - Copper Sky (Toto Cover)", "Isham Berg"),
        ("Isham Berg", "Copper Sky", "Toto - Copper Sky (Acoustic Cover) by Isham Berg", "isham"),
        ("Isham Berg", "Copper Sky", "Copper Sky (Toto) - Isham Berg Cover", "Isham Berg Music"),
        ("Isham Berg", "Copper Sky", "Toto - Copper Sky acoustic cover by Isham Berg", "isham"),
        ("Ида Берг", "Медное небо", "Ида Берг - Медное небо (кавер на Кино)", "Ида Берг"),
        ("イダ・ベルク", "銅の空", "イダ・ベルク - 銅の空 (スピッツ カバー)", "イダ・ベルク"),
        ("아이다", "구리 하늘", "아이다 - 구리 하늘 (아이유 커버)", "아이다"),
        ("Ida Berg", "Cielo", "Ida Berg - Cielo (cover de Mecano)", "Ida Berg Oficial"),
        # a record's number
        ("Isham Berg", "Copper Sky", "Isham Berg - Copper Sky (Decca 4512)", ""),
        ("Isham Berg", "Copper Sky", "Isham Berg - Copper Sky (Columbia A 3418) (1921)", ""),
        ("Isham Berg", "Copper Sky", "Isham Berg - Copper Sky (Polydor 2058 231)", ""),
        # what it is from
        ("Isham Berg", "Copper Sky", 'Isham Berg sings "Copper Sky" from "Calamity" (1953)', ""),
        ("Ida Berg", "Himmel", 'Ida Berg - Himmel aus dem Film "Laternen"', ""),
        ("Ида Берг", "Небо", 'Ида Берг - Небо из фильма "Фонари"', ""),
        # other spellings
        ("Isham Berg", "Don't Wanna Go", "Isham Berg - Don't Want To Go", ""),
        ("Isham Berg", "I'm Gonna Be Waiting", "Isham Berg - I Am Going to Be Waitin'", ""),
        ("Isham Berg", "Gimme the Night", "Isham Berg - Give Me The Nite", ""),
        ("Die Ärzte", "Himmel", "Die Aerzte - Himmel", ""),
        ("Randi Tytingvåg", "Copper Sky", "Copper Sky - Randi Tytingvaag", ""),
        ("Ida Berg", "Für dich", "Ida Berg - Fuer dich", ""),
        # names
        ("Isham Berg", "Copper Sky", "Copper Sky-Isham Berg Quartet", ""),
        ("Isham Berg, Bo Lund", "Copper Sky", "Isham Berg - Copper Sky", ""),
        ("Isham Berg - His Alto and Orchestra", "Copper Sky", "Isham Berg -- Copper Sky", ""),
    ],
)
def test_what_is_harmless_with_covers_is_taken(
    artist: str, title: str, found: str, channel: str
) -> None:
    assert score_of(upload(found, channel or "someone"), wanted(title, artist)) >= ACCEPT


@pytest.mark.parametrize(
    ("found", "channel"),
    [
        ("Isham Berg - Copper Sky (Toto Cover)", "someone"),
        ("Isham Berg - Copper Sky (Toto Cover)", "Toto"),
        ("Isham Berg - Copper Sky (cover)", "Isham Berg"),
        ("Isham Berg - Copper Sky (кавер-версия)", "Isham Berg"),
        ("Isham Berg - Copper Sky (cover por Bo Lund)", "Isham Berg Fans"),
        ("Isham Berg - Copper Sky (Frank Sinatra AI Cover)", "Isham Berg"),
        ("Isham Berg - Copper Sky (piano cover)", "Isham Berg"),
        ("Isham Berg - Copper Sky (drum cover)", "Isham Berg"),
        ("Isham Berg - Copper Sky (Toto Cover) [Live]", "Isham Berg"),
        ("Copper Sky - Isham Berg cover by Bo Lund", "Bo Lund"),
        ("Copper Sky cover by Bo Lund", "Isham Berg Fans"),
        ('Isham Berg - Copper Sky from "The Eras Tour"', "someone"),
        ("Isham Berg - Copper Sky from the Rio concert", "someone"),
        ("Isham Berg - Copper Sky (Session 4512)", "someone"),
        ("Isham Berg - Copper Sky (London 2012)", "someone"),
        ("Isham Berg - Copper Sky (Festival 2012)", "someone"),
        ("Copper Sky-Bo Lund", "Bo Lund"),
        ("Copper Sky by Bo Lund (Isham Berg)", "someone"),
    ],
)
def test_what_only_looks_harmless_is_asked_about(found: str, channel: str) -> None:
    assert score_of(upload(found, channel), wanted("Copper Sky", "Isham Berg")) < ACCEPT


@pytest.mark.parametrize(
    ("clean", "explicit"),
    [
        ("gecensureerd", "ongecensureerd"),
        ("censurerad", "ocensurerad"),
        ("sensuroitu", "sensuroimaton"),
        ("cenzurováno", "necenzurováno"),
        ("ocenzurowana", "bez cenzury"),
        ("cenzúrázott", "cenzúrázatlan"),
        ("sansürlü", "sansürsüz"),
        ("цензурована", "без цензури"),
        ("λογοκριμένο", "χωρίς λογοκρισία"),
        ("نسخة نظيفة", "بدون رقابة"),
        ("מצונזר", "ללא צנזורה"),
        ("bản sạch", "không kiểm duyệt"),
        ("クリーン", "露骨な表現"),
        ("家庭版", "脏话版"),
        ("클린 버전", "19금"),
    ],
)
def test_clean_and_explicit_are_told_apart_in_more_languages(clean: str, explicit: str) -> None:
    for note, right, wrong in (("clean", clean, explicit), ("explicit", explicit, clean)):
        song = wanted("Paper Lanterns", "The Maydays", disambiguation=note)
        assert (
            score_of(upload(f"The Maydays - Paper Lanterns ({right})", "someone"), song) >= ACCEPT
        )
        assert score_of(upload(f"The Maydays - Paper Lanterns ({wrong})", "someone"), song) < ACCEPT


@pytest.mark.parametrize(
    ("note", "types", "words"),
    [
        ("live, 1999-05-01", (), "en vivo"),
        ("live at Wembley", (), "Live at Wembley"),
        ("ao vivo", (), "Ao Vivo"),
        ("концертная версия", (), "концерт"),
        ("ライブ", (), "ライブ"),
        ("现场", (), "现场版"),
        ("demo", (), "демо"),
        ("demo version", (), "maqueta"),
        ("instrumental", (), "インスト"),
        ("a cappella", (), "アカペラ"),
        ("karaoke", (), "カラオケ"),
        ("Moby remix", (), "Moby Remix"),
        ("Spanish version", (), "versión en español"),
        ("Japanese version", (), "Japanese ver."),
        ("German version", (), "Deutsche Version"),
        ("piano version", (), "Piano ver."),
        ("sped up", (), "sped up"),
        ("rerecorded", (), "re-recorded"),
        ("", ("Live",), "dal vivo"),
        ("", ("Live",), "canlı"),
        ("", ("Live",), "наживо"),
        ("", ("Live",), "הופעה"),
        ("", ("Remix",), "リミックス"),
        ("", ("Remix",), "리믹스"),
        ("", ("Demo",), "데모"),
        ("", ("Interview",), "entrevista"),
    ],
)
def test_what_a_recording_and_its_release_say_is_wanted(
    note: str, types: tuple[str, ...], words: str
) -> None:
    song = wanted("Paper Lanterns", "The Maydays", disambiguation=note, release_types=types)
    plain = wanted("Paper Lanterns", "The Maydays")
    right = upload(f"The Maydays - Paper Lanterns ({words})", "someone")
    assert score_of(right, song, "Night Songs") >= ACCEPT
    assert score_of(right, plain, "Night Songs") < ACCEPT
    for studio in (
        upload("Paper Lanterns", "The Maydays - Topic"),
        upload("The Maydays - Paper Lanterns", "x"),
    ):
        assert score_of(studio, song, "Night Songs") < ACCEPT


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(live, 2017-05-06: Valve Works)", "(live, 2017-05-07: Valve Works)"),
        ("(Live 06.05.2017)", "(Live 06.05.2016)"),
        ("(live 6/5/17)", "(live 8/5/17)"),
        ("[En vivo 6-5-2017]", "[En vivo 6-11-2017]"),
        ("(Живьём, 06.05.2017)", "(Живьём, 16.05.2017)"),
        ("(ライブ 2017.05.06)", "(ライブ 2007.05.06)"),
    ],
)
def test_the_wanted_day_is_known_however_it_is_written(right: str, wrong: str) -> None:
    song = wanted("Paper Lanterns", "The Maydays", disambiguation="live, 2017-05-06: Valve Works")
    assert score_of(upload(f"The Maydays - Paper Lanterns {right}", "someone"), song) >= ACCEPT
    assert score_of(upload(f"The Maydays - Paper Lanterns {wrong}", "someone"), song) < ACCEPT
