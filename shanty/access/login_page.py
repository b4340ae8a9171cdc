"""The page that asks for the secret. A link from `shanty open` passes it without a question.

The ticket of such a link stands behind its ``#``. No browser sends that part to a server, so no log
or ``Referer`` holds it. The page takes the ticket out of the address and sends it as a form.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass

PATH = "/login"
_COMMAND = re.compile(r"`([^`]+)`")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem;
color-scheme:light dark}
input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.25rem 0}
"""
_SCRIPT = """
const ticket = location.hash.slice(1);
if (ticket) {
  history.replaceState(null, "", location.pathname);
  document.forms[0].ticket.value = ticket;
  document.forms[0].submit();
}
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shanty</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head>
<body><h1>Shanty</h1>
<p>{message}</p>
<form method="post" action="/login">
<input type="hidden" name="next" value="{next_path}"><input type="hidden" name="ticket">
<input type="password" name="secret" aria-label="secret or password"
autocomplete="current-password" autofocus>
<button>Log in</button></form>
<p>The command <code>shanty open</code> gives a link that logs you in. The secret is in the file
<code>secret</code> of Shanty's home folder. If a password is set, it works too.</p>
<script>{script}</script></body></html>
"""


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@dataclass(frozen=True, slots=True)
class LoginPage:
    """A page that asks for the secret, and its Content-Security-Policy.

    ``render`` is given a path of ours to go on to, and a sentence to show. Its form posts ``next``,
    and ``secret`` or ``ticket``, to :data:`PATH`.
    """

    render: Callable[[str, str], bytes]
    policy: str


def _render(next_path: str, message: str) -> bytes:
    """The page; a login leads on to ``next_path``, if that is a path of ours."""
    page = _PAGE.format(
        style=_STYLE,
        script=_SCRIPT,
        message=mark_commands(message),
        next_path=html.escape(own_path(next_path)),
    )
    return page.encode()


PLAIN = LoginPage(
    _render,
    f"default-src 'none'; style-src {_source(_STYLE)}; script-src {_source(_SCRIPT)}; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
)
"""The page that needs nothing beside it: for what brings no stylesheet of ours."""


def mark_commands(text: str) -> str:
    """A sentence of ours as HTML: commands stand between backticks, and whatever else is text."""
    return _COMMAND.sub(r"<code>\1</code>", html.escape(text))


def own_path(text: str) -> str:
    """The text if it is a path of ours to go on to, else the first page."""
    # "//host" and "/\\host" are other hosts to a browser, and it drops tabs and line ends.
    is_own = text.startswith("/") and text[1:2] not in ("/", "\\") and text.isprintable()
    return text if is_own and not text.startswith(PATH) else "/"
