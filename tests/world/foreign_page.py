"""A page of somebody else, in a real browser, that tries to use a service on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

from tests.world.browser import open_browser

PAGE = """<!doctype html><title>a page of somebody else</title><script>
const target = TARGET, got = [], found = "/api/deployments/filter";
const note = (what, value) => got.push(what + ": " + value);
async function attempt(what, options, path) {
  try {
    const answer = await fetch(target + path, {credentials: "include", ...options});
    note(what, answer.type === "opaque" ? "opaque" : "read " + answer.status);
  } catch (error) { note(what, "refused"); }
}
function load(what, tag, path) {
  return new Promise(done => {
    const element = document.createElement(tag);
    element.onload = () => { note(what, "read"); done(); };
    element.onerror = () => { note(what, "refused"); done(); };
    element.src = target + path;
    document.body.append(element);
  });
}
function talk(what, path) {
  return new Promise(done => {
    const opened = new WebSocket(target.replace("http", "ws") + path, "prefect");
    opened.onopen = () => { note(what, "read"); done(); };
    opened.onerror = () => { note(what, "refused"); done(); };
  });
}
function frame(what, path) {
  return new Promise(done => {
    const element = document.createElement("iframe");
    element.onload = () => { note(what, element.contentDocument ? "read" : "refused"); done(); };
    element.src = target + path;
    document.body.append(element);
  });
}
async function main() {
  const json = {"content-type": "application/json"};
  await attempt("a simple POST", {method: "POST", body: "{}", mode: "no-cors"}, found);
  await attempt("a POST without a type", {method: "POST", body: new Blob(["{}"])}, found);
  await attempt("a POST of JSON", {method: "POST", body: "{}", headers: json}, found);
  await attempt("a GET", {}, "/api/admin/version");
  await attempt("a GET of settings", {}, "/api/admin/settings");
  await attempt("a GET of the pages", {}, "/");
  await attempt("a GET of its health", {}, "/api/health");
  await load("a script", "script", "/api/admin/version");
  await load("a picture", "img", "/ico/favicon-32x32.png");
  await talk("a WebSocket", "/api/events/out");
  await frame("a frame", "/");
  const form = document.createElement("form");
  form.method = "post";
  form.enctype = "text/plain";
  form.action = target + found;
  form.target = "sent";
  document.body.append(form);
  const sent = document.createElement("iframe");
  sent.name = "sent";
  document.body.append(sent);
  sent.onload = () => { note("a form", "refused"); document.title = JSON.stringify(got); };
  form.submit();
}
addEventListener("load", main);
</script><body>"""


@contextmanager
def somebody_elses_page(target: str) -> Iterator[int]:
    """A block that serves the page on another port of loopback; gives the port."""
    content = PAGE.replace("TARGET", json.dumps(target)).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def come_with_a_page(target: str, secret: str | None) -> Iterator[tuple[str, bool, str]]:
    """Open such a page; returns what it tried, whether that was refused, and what it got.

    If a secret is given, the browser is logged in to the service.
    """
    answers: list[str] = []

    def note(answer: Response) -> None:
        if urlsplit(answer.url).netloc == urlsplit(target).netloc:
            answers.append(f"{answer.status} {answer.request.method} {answer.url}")

    whose = "of a stranger" if secret is None else "where the owner is logged in"
    with open_browser() as page, somebody_elses_page(target) as port:
        if secret is not None:
            log_in(page, target, secret)
            page.goto("about:blank")  # the owner's own page may still have been loading
        page.on("response", note)
        for host in ("127.0.0.1", "localhost"):
            page.goto(f"http://{host}:{port}/")
            page.wait_for_function("document.title.startsWith('[')", timeout=180_000)
            for line in json.loads(page.title()):
                what, _, result = line.partition(": ")
                yield (
                    f"{what} by a page on {host}, {whose}",
                    result in ("refused", "opaque"),
                    result,
                )
    let_in = [line for line in answers if not line.startswith(("400", "401", "403"))]
    yield f"{len(answers)} answers to pages {whose}", bool(answers) and not let_in, f"{let_in}"


def log_in(page: Page, target: str, secret: str) -> None:
    """Paste the secret, as a person does."""
    page.goto(f"{target}/login")
    page.locator("input[type=password]").fill(secret)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
