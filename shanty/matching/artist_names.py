"""What the artists of a recording are called, in all the ways in which people write it.

Refuses to know whether an upload names them.
"""

from __future__ import annotations

import re

from shanty.matching.names import fold_name, latin_names, scripts_of, without_article
from shanty.matching.part_numbers import count_otherwise
from shanty.matching.spellings import two_letters
from shanty.music.entities import ArtistCredit

_NUMBERED = re.compile(r"\s*[\[(]\d+[\])]$")


def artist_forms(credit: ArtistCredit) -> tuple[str, ...]:
    """The names of the artists: joined, each, each script of a name in two of them, and what one
    without Latin letters is called in them.
    """
    names = [credit.name, *credit.names, *(part.artist.name for part in credit.parts)]
    names += [name for part in credit.parts for name in latin_names(part.artist)]
    forms = {fold_name(name) for name in names if name.strip()}
    forms |= {fold_name(two_letters(name)) for name in names if not name.isascii()}
    for form in tuple(forms):
        words = form.split()
        latin = [word for word in words if scripts_of(word) <= {"LATIN"}]
        other = [word for word in words if word not in latin]
        if other and scripts_of(" ".join(latin)):
            forms |= {" ".join(latin), " ".join(other)}
    forms |= {without_article(form) for form in forms}
    # "John Hammond [1]" is how catalogues tell two of the same name apart.
    forms |= {fold_name(_NUMBERED.sub("", name)) for name in names if _NUMBERED.search(name)}
    forms = forms.union(*map(count_otherwise, forms))
    return tuple(sorted(forms - {""}))
