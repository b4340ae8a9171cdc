"""The ways to write one name: contractions, and letters for which there are two.

Owns what counts as another spelling of the same words. Refuses to know numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shanty.music.names import scripts_of

_AS_SPOKEN = {
    "wanna": "want to", "gonna": "going to", "gotta": "got to", "gimme": "give me",
    "lemme": "let me", "gotcha": "got you", "outta": "out of", "kinda": "kind of",
    "dunno": "do not know", "dont": "do not", "cant": "can not", "cannot": "can not",
    "wont": "will not", "didnt": "did not", "doesnt": "does not", "isnt": "is not",
    "couldnt": "could not", "im": "i am", "ive": "i have", "youre": "you are",
    "theyre": "they are", "youve": "you have", "thats": "that is", "whats": "what is",
    "lets": "let us", "id": "i would", "ill": "i will", "youd": "you would", "youll": "you will",
    "theyd": "they would", "theyll": "they will", "hes": "he is", "shes": "she is", "its": "it is",
    "theres": "there is", "wheres": "where is", "heres": "here is", "whos": "who is",
    "hows": "how is", "wouldnt": "would not", "shouldnt": "should not", "wasnt": "was not",
    "werent": "were not", "havent": "have not", "hasnt": "has not",
    "til": "until", "till": "until", "cause": "because", "cuz": "because",
    "coz": "because", "em": "them", "n": "and", "o": "of", "u": "you", "ya": "you",
    "ur": "your", "thru": "through", "tonite": "tonight", "nite": "night", "luv": "love",
    "pra": "para", "pa": "para", "ta": "esta", "ce": "voce", "ned": "nicht", "nit": "nicht",
}  # fmt: skip
_DIGRAPHS = re.compile(r"a[ae]|oe|ue")
_ING = re.compile(r"(?<=\w\win)g\b")
# What a fold takes an accent from, others write with two letters.
_TWO_LETTERS = str.maketrans({"å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae"})
_SHORT_TITLE = 12  # up to so many letters, without spaces
_MISTYPED = {"LATIN", "CYRILLIC", "GREEK"}


def spell_out(folded: str) -> str:
    """A folded text with contractions in full: ``dont wanna`` is ``do not want to``."""
    return " ".join(_AS_SPOKEN.get(word, word) for word in folded.split())


def one_letter(folded: str) -> str:
    """A folded text with letters that are written with two in one: ``fuer`` is ``fur``.

    ``humming`` is ``hummin``.
    """
    return _DIGRAPHS.sub(lambda found: found[0][0], _ING.sub("", folded))


def two_letters(name: str) -> str:
    """A name with two letters for each that a fold would take an accent from: ``Aerzte``."""
    return name.casefold().translate(_TWO_LETTERS)


def has_no_slips(title: str, others: Iterable[str]) -> bool:
    """Whether a folded title is short and in a script in which another letter is hardly ever a slip
    but makes another word, and one of the others is in that script, too.
    """
    scripts = scripts_of(title)
    if not scripts or scripts & _MISTYPED or len(title.replace(" ", "")) > _SHORT_TITLE:
        return False
    return any(scripts_of(other) & scripts for other in others)
