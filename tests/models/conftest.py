import base64
import hashlib
import io
import json
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from botcore.models.catalogue import CatalogueEntry, WheelSource
from botcore.models.store import ModelStore

FILES = {
    "tiny_model/model.safetensors": save({"weights": np.arange(2000, dtype=np.float32)}),
    "tiny_model/config.json": b'{"model_type": "bert"}',
    "tiny_model/tokenizer.json": b'{"model": {}}',
    "tiny_model/__init__.py": b"raise SystemExit('this must never run')",
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(files: dict[str, bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """A wheel named tiny-model 1.0, the same bytes each time; `extra` entries may have any name."""
    about = "tiny_model-1.0.dist-info/"
    files = {
        **files,
        about + "METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n",
        about + "WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        name: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        for name, content in files.items()
    }
    record = "".join(f"{name},sha256={digest},{len(files[name])}\n" for name, digest in digests.items())
    files[about + "RECORD"] = (record + f"{about}RECORD,,\n").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in {**files, **(extra or {})}.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def entry(content: bytes, files: dict[str, bytes] = FILES, **changes: object) -> CatalogueEntry:
    """A catalogue entry for the wheel `content` that takes the data files of `files`."""
    members = tuple((name, Path(name).name, sha256(data)) for name, data in files.items() if not name.endswith(".py"))
    source = {"package": "tiny-model", "version": "1.0", "sha256": sha256(content), "members": members} | changes
    return CatalogueEntry("tiny", "encoder", "for tests", "none", WheelSource(**source), prefix="query: ")  # type: ignore[arg-type]


@dataclass
class Index:
    """A package index on loopback: what it serves, how much of it it sends, and what it was asked for."""

    url: str
    wheel: bytes = b""
    cut_off_at: int | None = None
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list)

    @property
    def downloads(self) -> int:
        return sum(path.endswith(".whl") for path in self.asked)


@pytest.fixture
def index() -> Iterator[Index]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path == "/simple/tiny-model/":
                link = b'<a href="/files/tiny_model-1.0-py3-none-any.whl">tiny_model-1.0-py3-none-any.whl</a>'
                self._send(link, "text/html", None)
            elif self.path.endswith(".whl"):
                time.sleep(served.delay_s)
                self._send(served.wheel, "application/octet-stream", served.cut_off_at)
            else:
                self.send_error(404)

        def _send(self, body: bytes, kind: str, cut_off_at: int | None) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut_off_at])

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Index(f"http://127.0.0.1:{server.server_port}/simple/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def environment(url: str) -> dict[str, str]:
    """pip with this index and no other."""
    names = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT", "PIP_PROXY", "HTTP_PROXY", "http_proxy")
    cleared = dict.fromkeys(names, "")
    alone = {"PIP_INDEX_URL": url, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "NO_PROXY": "127.0.0.1"}
    return {**cleared, **alone}


@pytest.fixture
def store_of(tmp_path, index):
    """A store whose catalogue has the model `tiny`, fetched from the index on loopback."""

    def build(tiny: CatalogueEntry, **changes: object) -> ModelStore:
        settings = {"catalogue": {"tiny": tiny}, "environment": environment(index.url)} | changes
        return ModelStore(tmp_path / "models", **settings)  # type: ignore[arg-type]

    return build


@pytest.fixture
def model_folder(tmp_path) -> Path:
    """A folder of one's own with a model in it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in FILES.items():
        if not name.endswith(".py"):
            (folder / Path(name).name).write_bytes(content)
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "query: "}}))
    return folder
