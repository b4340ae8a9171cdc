"""How each media server is told, by its published interface; MPD and Supysonic also for real."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
import requests

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.errors import ConfigError, PermanentError, ShantyError, TransientError, UnreachableError
from shanty.providers.media_servers import Changes, open_media_server
from tests.world.receivers import HttpReceiver, http_receiver, line_server
from tests.world.serving import serve

LIBRARY = PurePosixPath("/home/me/Music")
ALBUM = PurePosixPath("Dröm/Nattens ljus & mer (2024)")
OTHER = PurePosixPath("Other/Album")
SOME = Changes.of([ALBUM])


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        yield made


def answer(receiver: HttpReceiver, document: object) -> None:
    receiver.answer = json.dumps(document).encode()


@pytest.mark.parametrize("kind", ["subsonic", "navidrome"])
def test_a_subsonic_server_starts_a_scan_and_never_sees_the_password(
    receiver: HttpReceiver, kind: str
) -> None:
    answer(receiver, {"subsonic-response": {"status": "ok", "scanStatus": {"scanning": True}}})
    open_media_server(f"{kind}://me:p%40ss@{receiver.host}/sub").tell(SOME, LIBRARY)
    [one] = receiver.received
    assert (one.method, one.path) == ("GET", "/sub/rest/startScan.view")
    query = {name: value for name, [value] in one.query.items()}
    assert query["t"] == hashlib.md5(f"p@ss{query['s']}".encode()).hexdigest()
    assert (query["u"], query["f"], query["c"]) == ("me", "json", "shanty")
    failure = {"code": 50, "message": "User is not authorized for the given operation."}
    answer(receiver, {"subsonic-response": {"status": "failed", "error": failure}})
    with pytest.raises(PermanentError, match="refuses: User is not authorized"):
        open_media_server(f"{kind}://me:pass@{receiver.host}").tell(SOME, LIBRARY)


@pytest.mark.parametrize("code", [10, 41, 42])
def test_a_subsonic_server_that_takes_no_token_gets_the_password(code: int) -> None:
    asked: list[dict[str, str]] = []

    def say(request: Request) -> Answer:
        asked.append(request.query)
        failed = {"status": "failed", "error": {"code": code, "message": "no token here"}}
        said = {"status": "ok"} if "p" in request.query else failed
        return Answer(200, json.dumps({"subsonic-response": said}).encode())

    with Listener(say) as listener:
        host = listener.base_url.removeprefix("http://")
        open_media_server(f"subsonic://me:p%40ss@{host}").tell(SOME, LIBRARY)
    assert ["p" in one for one in asked] == [False, True]
    assert asked[1]["p"] == f"enc:{b'p@ss'.hex()}"
    assert not {"t", "s"} & asked[1].keys()


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("jellyfin", "authorization", 'MediaBrowser Token="key", Client="Shanty"'),
        ("emby", "x-emby-token", "key"),
    ],
)
def test_jellyfin_and_emby_are_told_the_folders_as_they_see_them(
    receiver: HttpReceiver, kind: str, header: str, value: str
) -> None:
    receiver.status, receiver.answer = 204, b""
    server = open_media_server(f"{kind}://key@{receiver.host}?library=/data/music")
    server.tell(Changes.of([ALBUM, OTHER]), LIBRARY)
    [one] = receiver.received
    assert (one.method, one.path) == ("POST", "/Library/Media/Updated")
    assert one.headers[header] == value
    assert one.body == {
        "Updates": [
            {"Path": f"/data/music/{folder}", "UpdateType": "Modified"} for folder in (ALBUM, OTHER)
        ]
    }


def test_plex_refreshes_the_folder_in_the_section_that_has_it(receiver: HttpReceiver) -> None:
    def section(key: str, kind: str, path: str) -> object:
        return {"key": key, "type": kind, "Location": [{"id": 1, "path": path}]}

    sections = [
        section("1", "movie", "/data"),
        section("2", "artist", "/data/music"),
        section("3", "artist", "/data/audiobooks"),
    ]
    answer(receiver, {"MediaContainer": {"Directory": sections}})
    server = open_media_server(f"plex://token@{receiver.host}?library=/data/music")
    server.tell(SOME, LIBRARY)
    listing, refresh = receiver.received
    assert listing.path == "/library/sections"
    assert refresh.path == "/library/sections/2/refresh"
    assert refresh.query == {"path": [f"/data/music/{ALBUM}"]}
    assert refresh.headers["x-plex-token"] == "token"
    with pytest.raises(PermanentError, match=r"no music library with .*\?library="):
        open_media_server(f"plex://token@{receiver.host}").tell(SOME, LIBRARY)


def test_a_server_on_windows_is_told_its_own_paths(receiver: HttpReceiver) -> None:
    place = {"key": "7", "type": "artist", "Location": [{"id": 1, "path": "D:\\Music"}]}
    answer(receiver, {"MediaContainer": {"Directory": [place]}})
    server = open_media_server(f"plex://token@{receiver.host}?library=D:%5CMusic%5C")
    server.tell(Changes.of([OTHER]), LIBRARY)
    assert receiver.received[1].query == {"path": ["D:\\Music\\Other\\Album"]}
    server.tell(Changes.of([PurePosixPath(".")]), LIBRARY)
    assert receiver.received[3].query == {"path": ["D:\\Music"]}


def test_kodi_scans_one_folder_or_everything_once(receiver: HttpReceiver) -> None:
    answer(receiver, {"jsonrpc": "2.0", "id": 1, "result": "OK"})
    server = open_media_server(f"kodi://kodi:secret@{receiver.host}?library=nfs://nas/music")
    server.tell(SOME, LIBRARY)
    server.tell(Changes.of([ALBUM, OTHER], is_less=True), LIBRARY)
    calls = [(one.body["method"], one.body["params"].get("directory")) for one in receiver.received]
    assert calls == [
        ("AudioLibrary.Scan", f"nfs://nas/music/{ALBUM}/"),
        ("AudioLibrary.Clean", None),
        ("AudioLibrary.Scan", None),
    ]
    assert {one.path for one in receiver.received} == {"/jsonrpc"}
    sent = receiver.received[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"kodi:secret"
    answer(receiver, {"id": 1, "error": {"code": -32601, "message": "Method not found."}})
    with pytest.raises(PermanentError, match="Method not found"):
        server.tell(SOME, LIBRARY)


def test_lyrion_rescans(receiver: HttpReceiver) -> None:
    answer(receiver, {"id": 1, "method": "slim.request", "result": {}})
    open_media_server(f"lyrion://{receiver.host}").tell(SOME, LIBRARY)
    [one] = receiver.received
    assert one.path == "/jsonrpc.js"
    assert one.body == {"id": 1, "method": "slim.request", "params": ["", ["rescan"]]}


def test_mpd_updates_the_folders_below_its_own() -> None:
    unknown = "ACK [50@0] {lsinfo} No such directory"
    with line_server(
        "OK MPD 0.23.5", lambda line: unknown if line == 'lsinfo "mine/Dröm"' else "OK"
    ) as server:
        mpd = open_media_server(f"mpd://let%20me%20in@127.0.0.1:{server.port}?library=mine")
        mpd.tell(Changes.of([ALBUM, PurePosixPath('A "quoted" \\ one')]), LIBRARY)
        assert server.lines == [
            'password "let me in"',
            'lsinfo "mine"',
            'lsinfo "mine/Dröm"',
            'lsinfo "mine"',
            'update "mine/A \\"quoted\\" \\\\ one"',
            'update "mine/Dröm"',
        ]
    with (
        line_server("OK MPD 0.23.5", lambda line: "ACK [3@0] {password} incorrect") as server,
        pytest.raises(PermanentError, match="refuses: incorrect"),
    ):
        open_media_server(f"mpd://wrong@127.0.0.1:{server.port}").tell(SOME, LIBRARY)
    with (
        line_server("220 mail here", lambda line: "OK") as server,
        pytest.raises(UnreachableError, match="is no MPD"),
    ):
        open_media_server(f"mpd://127.0.0.1:{server.port}").tell(SOME, LIBRARY)


@pytest.mark.parametrize("kind", ["subsonic", "jellyfin", "emby", "plex", "kodi", "lyrion", "mpd"])
def test_a_server_that_is_away_or_refuses_is_one_sentence_without_the_password(
    receiver: HttpReceiver, kind: str
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        server = open_media_server(f"{kind}://me:hidden@127.0.0.1:{port}")
        with pytest.raises(UnreachableError, match=f"{kind} at 127.0.0.1:{port} cannot be reached"):
            server.tell(SOME, LIBRARY)
    if kind == "mpd":
        return
    refusing = open_media_server(f"{kind}://me:hidden@{receiver.host}")
    for status, body in ((401, b""), (200, b"<html>"), (200, b"[]"), (500, b"")):
        receiver.status, receiver.answer = status, body
        if status == 200 and kind in ("jellyfin", "emby"):
            continue  # it answers with nothing
        with pytest.raises((PermanentError, TransientError)) as caught:
            refusing.tell(SOME, LIBRARY)
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("winamp://host", "winamp:// is none of"),
        ("no address", "looks like kind://"),
        ("plex://token@host:port", "looks like kind://"),
        ("plex://hidden@host?folder=/x", "'folder' is not known"),
        ("mpds://host", "only mpd://"),
    ],
)
def test_a_wrong_address_is_refused_and_not_repeated(address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        open_media_server(address)
    assert "hidden" not in str(caught.value)


def test_a_redirect_does_not_take_the_key_along(receiver: HttpReceiver) -> None:
    answer(receiver, {"MediaContainer": {"Directory": []}})
    with serve({}, Answer(302, headers={"Location": f"http://{receiver.host}/"})) as other:
        host = other.removeprefix("http://").removesuffix("/api")
        with pytest.raises(PermanentError, match="in the local network"):
            open_media_server(f"plex://hidden@{host}").tell(SOME, LIBRARY)
    assert receiver.received == []


def test_an_s_asks_over_https() -> None:
    with line_server("", lambda line: "") as server:
        with pytest.raises(ShantyError):
            open_media_server(f"plexs://token@127.0.0.1:{server.port}").tell(SOME, LIBRARY)
        assert "GET" not in "".join(server.lines)


def test_many_folders_are_told_as_the_whole_library() -> None:
    some = [PurePosixPath(f"Artist/Album {number}") for number in range(20)]
    assert len(Changes.of(some).folders) == 20
    assert Changes.of([*some, PurePosixPath("B/One more")]).folders == (PurePosixPath("."),)
    assert Changes.of([*some, PurePosixPath("Artist")]).folders == (PurePosixPath("Artist"),)


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("mpd") is None, reason="Debian's package mpd is not installed")
def test_a_real_mpd_finds_new_music_and_forgets_what_is_gone(
    tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    song = made_audio["flac"]
    music = tmp_path / "music"
    album = music / "shanty" / ALBUM
    (music / "shanty").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = tmp_path / "mpd.conf"
    configuration.write_text(
        f'music_directory "{music}"\ndb_file "{tmp_path}/db"\nbind_to_address "127.0.0.1"\n'
        'filesystem_charset "UTF-8"\n'
        f'port "{port}"\npassword "open sesame@read,control,admin"\n'
        'default_permissions "read"\naudio_output {\n type "null"\n name "none"\n}\n'
    )
    process = subprocess.Popen(["mpd", "--no-daemon", "--stdout", str(configuration)])
    url = f"mpd://open%20sesame@127.0.0.1:{port}?library=shanty"
    try:
        _wait_for(port, "ping", "OK")
        with pytest.raises(PermanentError):
            open_media_server(f"mpd://wrong@127.0.0.1:{port}").tell(SOME, LIBRARY)
        album.mkdir(parents=True)
        shutil.copy(song, album / "01.flac")
        open_media_server(url).tell(SOME, LIBRARY)
        _wait_for(port, "listall", f"file: shanty/{ALBUM}/01.flac")
        shutil.rmtree(album.parent)
        open_media_server(url).tell(Changes.of([PurePosixPath(".")], is_less=True), LIBRARY)
        _wait_for(port, "stats", "songs: 0")
    finally:
        process.terminate()
        process.wait(10)


_SUPYSONIC = ("supysonic-cli", "supysonic-daemon", "supysonic-server")


@pytest.mark.proof
@pytest.mark.skipif(not all(map(shutil.which, _SUPYSONIC)), reason="Supysonic is not installed")
def test_a_real_subsonic_server_finds_new_music(
    tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    music = tmp_path / "music"
    (music / ALBUM).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / ".supysonic").write_text(
        f"[base]\ndatabase_uri = sqlite:///{tmp_path}/db\n[webapp]\ncache_dir = {tmp_path}/cache\n"
        f"[daemon]\nsocket = {tmp_path}/socket\n"
    )
    in_home = {**os.environ, "HOME": str(tmp_path)}
    for words in (
        ("user", "add", "me", "-p", "p@ss"),
        ("user", "setroles", "--admin", "me"),
        ("folder", "add", "music", str(music)),
    ):
        subprocess.run(["supysonic-cli", *words], env=in_home, check=True, capture_output=True)
    there = ("-h", "127.0.0.1", "-p", str(port))
    started = [
        subprocess.Popen(words, env=in_home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for words in (("supysonic-daemon",), ("supysonic-server", *there))
    ]
    who = f"u=me&p=enc:{b'p@ss'.hex()}&v=1.15.0&c=test&f=json"
    found = f"http://127.0.0.1:{port}/rest/getArtists.view?{who}"
    try:
        shutil.copy(made_audio["flac"], music / ALBUM / "01.flac")
        _try(
            lambda: open_media_server(f"subsonic://me:p%40ss@127.0.0.1:{port}").tell(SOME, LIBRARY)
        )
        with pytest.raises(PermanentError, match="refuses: "):
            open_media_server(f"subsonic://me:wrong@127.0.0.1:{port}").tell(SOME, LIBRARY)

        def is_found() -> None:
            assert requests.get(found, timeout=5).json()["subsonic-response"]["artists"]["index"]

        _try(is_found)
    finally:
        for process in started:
            process.terminate()
            process.wait(10)


def _try(act: Callable[[], None]) -> None:
    """Try until the servers are there, and have done what they were asked for."""
    for _ in range(100):
        try:
            return act()
        except (ShantyError, OSError, AssertionError, KeyError):
            time.sleep(0.2)
    return act()


def _wait_for(port: int, command: str, wanted: str) -> None:
    said = ""
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(f"{command}\nclose\n".encode())
                said = connection.makefile(encoding="utf-8").read()
        except OSError as error:
            said = str(error)
        if wanted in said.splitlines():
            return
        time.sleep(0.1)
    pytest.fail(f"{command} never said {wanted!r}, but {said!r}")
