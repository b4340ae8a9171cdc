"""How Chinese, Japanese and Korean titles count: 第二楽章, 前編, 2부.

Refuses to know any other language. A counted thing becomes the words that numbers.toml knows.
"""

from __future__ import annotations

import re
from functools import partial

_MOST_DIGITS = 6
_CJK_DIGITS = "〇一二三四五六七八九"
_CJK_NUMBER = r"([\d〇零一二三四五六七八九十百两兩]+)"
_CJK_UNITS = {
    "movement": "楽章樂章乐章악장",
    "chapter": "章話话回話集장화",
    "part": "部編编부편",
    "number": "番號号번",
    "act": "幕막",
    "volume": "卷巻輯辑집권",
}
_CJK = (
    (re.compile(rf"(?:第|제)\s?{_CJK_NUMBER}\s?(楽章|樂章|乐章|악장|\w)?"), None),
    (
        re.compile(rf"{_CJK_NUMBER}\s?(楽章|樂章|乐章|악장|[部章番號号幕卷巻]|(?<=\d)[부장번막])"),
        None,
    ),
    (re.compile(rf"[卷巻]\s?{_CJK_NUMBER}"), "volume"),
    (re.compile(rf"(?:その|其の|其之|之|パート|파트)\s?{_CJK_NUMBER}"), "part"),
    (re.compile(r"([前上전상])[编編篇巻卷集部편]|[(\[（]\s?([前上전상])\s?[)\]）]"), "first"),
    (re.compile(r"([中중])[编編篇巻卷集部편]|[(\[（]\s?([中중])\s?[)\]）]"), "middle"),
    (re.compile(r"([後后下후하])[编編篇巻卷集部편]|[(\[（]\s?([後后下후하])\s?[)\]）]"), "last"),
)
_KOREAN_ORDINALS = {"첫": "1", "두": "2", "세": "3", "네": "4", "다섯": "5"}
_KOREAN = re.compile(r"(첫|두|세|네|다섯)\s?번째")


def spell_cjk_counts(text: str) -> str:
    """A text with what it counts in English: ``movement 2`` for 第二楽章."""
    for pattern, kind in _CJK:
        text = pattern.sub(partial(_spell_cjk, kind=kind), text)
    return _KOREAN.sub(lambda found: f" number {_KOREAN_ORDINALS[found[1]]} ", text)


def _spell_cjk(found: re.Match[str], kind: str | None) -> str:
    if kind in ("first", "middle", "last"):
        return f" section {kind} "
    unit = found[2] if kind is None else ""
    name = next((name for name, units in _CJK_UNITS.items() if unit and unit in units), "number")
    rest = unit if unit and not any(unit in units for units in _CJK_UNITS.values()) else ""
    return f" {kind or name} {_read_cjk(found[1])} {rest}"


def _read_cjk(text: str) -> str:
    """A number in Chinese numerals, up to 999, in digits."""
    if text.isdecimal():
        return str(int(text[:_MOST_DIGITS]))
    total, digit = 0, 0
    for char in text.translate(str.maketrans("零两兩", "〇二二")):
        if char in _CJK_DIGITS:
            digit = 10 * digit + _CJK_DIGITS.index(char) if digit else _CJK_DIGITS.index(char)
        elif char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return str(total + digit)
