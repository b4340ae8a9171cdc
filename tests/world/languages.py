"""An artist and a title in each of many languages (ISO 639-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sized

NAMES = {
    "en": ("Bonnie Fields", "Paper Boats"),
    "de": ("Die Laternen", "Kupferhimmel"),
    "fr": ("Indigène", "Le lampadaire"),
    "es": ("Faro Estéreo", "De cobre ligero"),
    "pt": ("Legião do Farol", "Céu de cobre"),
    "it": ("Lucio Lanterna", "Il mio cielo di rame"),
    "sv": ("Lykta", "Himlen av koppar"),
    "fi": ("Leo and the Lamps", "Kuparinen taivas"),
    "pl": ("Maania", "Lampion nad miastem"),
    "cs": ("Karel Lampa", "Měděné nebe"),
    "hu": ("Lámpás", "Rézszínű égbolt"),
    "tr": ("Sezen Işık", "Bakır gökyüzü"),
    "vi": ("Đèn Lồng", "Trời Đồng"),
    "id": ("Iwan Lampu", "Langit Tembaga"),
    "ru": ("Фонари", "Медное небо"),
    "uk": ("Ліхтарі", "Мідне небо"),
    "el": ("Χάρις Φανού", "Χάλκινος ουρανός"),
    "ar": ("فانوسة", "سماء من نحاس"),
    "he": ("אריק פנסי", "שמי נחושת"),
    "hi": ("दीपक लालटेन", "तांबे का आसमान"),
    "th": ("โคมไฟ", "ฟ้าทองแดง"),
    "ja": ("灯野ミナ", "銅の空"),
    "ko": ("등불이", "구리 하늘"),
    "zh": ("燈小明", "銅色天空"),
}
LATIN = {
    "en", "de", "fr", "es", "pt", "it", "nl", "sv", "no", "fi", "pl", "cs", "hu", "tr", "vi", "id",
}  # fmt: skip


def assert_in_many_languages(kind: str, by_language: Mapping[str, Sized]) -> None:
    """At least twenty cases of a kind, half of them not in English, a quarter in other letters."""
    counts = Counter({language: len(cases) for language, cases in by_language.items()})
    assert counts.total() >= 20, kind
    assert counts.total() - counts["en"] >= counts.total() / 2, kind
    assert sum(counts[one] for one in counts.keys() - LATIN) >= counts.total() / 4, kind
