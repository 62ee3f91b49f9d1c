"""Against a small hub on loopback that answers as the real one does."""

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from botcore import ModelError
from botcore.models import hub as hub_source
from botcore.models.store import ModelStore

from .conftest import FILES

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONTENT = {name.split("/")[1]: data for name, data in FILES.items() if not name.endswith(".py")}


@dataclass
class Hub:
    """What the hub holds, and the files that it was asked for."""

    url: str
    files: dict[str, bytes]
    tells: dict[str, str] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    held: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.split("?")[0]
        file = re.fullmatch(r"/org/tiny/resolve/[^/]+/(.+)", path)
        if re.fullmatch(r"/api/models/org/tiny(/revision/(main|v1|[0-9a-f]{40}))?", path):
            self._send(json.dumps(self._about()).encode(), "application/json", with_body)
        elif path.startswith("/api/models/org/tiny/tree/"):
            self._send(json.dumps(self._tree()).encode(), "application/json", with_body)
        elif file and file[1] in self.held.files:
            if with_body:
                self.held.fetched.append(file[1])
            self._send(self.held.files[file[1]], "application/octet-stream", with_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _about(self) -> dict:
        siblings = [{"rfilename": entry["path"], **entry} for entry in self._tree()]
        return {"id": "org/tiny", "modelId": "org/tiny", "sha": COMMIT, "siblings": siblings}

    def _tree(self) -> list[dict]:
        entries = []
        for name, data in self.held.files.items():
            digest = self.held.tells.get(name, hashlib.sha256(data).hexdigest())
            entry = {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
            if name.endswith(".safetensors"):
                entry["lfs"] = {"oid": digest, "sha256": digest, "size": len(data), "pointerSize": 130}
            entries.append(entry)
        return entries

    def _send(self, body: bytes, kind: str, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held = Handler.held = Hub(f"http://127.0.0.1:{server.server_port}", dict(CONTENT))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["org/tiny", "org/tiny@v1"])
def test_only_data_is_taken_from_a_hub(hub, tmp_path, name):
    hub.files |= {
        "pytorch_model.bin": b"pickle",
        "modeling.py": b"code",
        "onnx/config.json": b"{}",
        "config_sentence_transformers.json": b'{"prompts": {"query": "ask: "}}',
    }
    seen: list[tuple[int, int]] = []
    store = ModelStore(tmp_path / "models", hub=hub.url)
    model = store.ensure(name, lambda done, total: seen.append((done, total)))
    assert sorted(set(hub.fetched)) == [
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert model.prefix == "ask: "
    assert seen[-1][0] == seen[-1][1] > 8000
    assert store.list()[-1].source == f"hub: {name} commit {COMMIT}"
    assert store.verify(name) == ()


def test_a_stored_hub_model_needs_no_hub(hub, tmp_path):
    ModelStore(tmp_path / "models", hub=hub.url).ensure("org/tiny")
    ModelStore(tmp_path / "models", hub="http://127.0.0.1:9").ensure("org/tiny")


def test_pickled_weights_are_not_even_fetched(hub, tmp_path):
    hub.files = {"pytorch_model.bin": b"pickle", "config.json": b"{}", "tokenizer.json": b"{}"}
    with pytest.raises(ModelError, match=r"org/tiny has no safetensors on the hub"):
        ModelStore(tmp_path / "models", hub=hub.url).ensure("org/tiny")
    assert hub.fetched == []


def test_weights_that_are_not_what_the_hub_tells_are_refused(hub, tmp_path):
    hub.tells["model.safetensors"] = "0" * 64
    store = ModelStore(tmp_path / "models", hub=hub.url)
    with pytest.raises(ModelError):
        store.ensure("org/tiny")
    assert not store.is_present("org/tiny")


def test_a_model_that_the_hub_lacks_is_told(hub, tmp_path):
    with pytest.raises(ModelError, match=r"The hub has no org/gone, or hides it. .*HF_TOKEN"):
        ModelStore(tmp_path / "models", hub=hub.url).ensure("org/gone")


def test_a_hub_that_refuses_is_told_at_once(tmp_path):
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"The model hub did not deliver org/tiny: .*HF_ENDPOINT"):
        ModelStore(tmp_path / "models", hub="http://127.0.0.1:9").ensure("org/tiny")
    assert time.monotonic() - started < 10


def test_a_hub_that_never_answers_holds_nothing_up(tmp_path, monkeypatch):
    monkeypatch.setattr(hub_source, "CONNECT_TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        store = ModelStore(tmp_path / "models", hub=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ModelError, match=r"The model hub did not deliver org/tiny"):
            store.ensure("org/tiny")
        assert time.monotonic() - started < 5
