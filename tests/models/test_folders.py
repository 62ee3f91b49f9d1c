import pickle
from pathlib import Path

import pytest

from botcore import ModelError
from botcore.models.store import ModelStore


class Marker:
    """Unpickling it touches a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_folder_of_ones_own_is_used_where_it_lies(tmp_path, model_folder):
    store = ModelStore(tmp_path / "models")
    for name in (str(model_folder), "./mine", "mine"):
        model = store.ensure(name, base=tmp_path)
        assert (model.folder.resolve(), model.prefix) == (model_folder, "query: ")
    assert not store.root.exists()


def test_a_folder_with_pickled_weights_is_refused_and_nothing_runs(tmp_path, model_folder):
    marker = tmp_path / "ran"
    (model_folder / "model.safetensors").unlink()
    (model_folder / "pytorch_model.bin").write_bytes(pickle.dumps(Marker(marker)))
    with pytest.raises(ModelError, match=r"no model.safetensors. It has pytorch_model.bin, which can run code"):
        ModelStore(tmp_path / "models").ensure(str(model_folder))
    assert not marker.exists()


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("key", ["auto_map", "auto\\u005fmap"])
def test_a_config_that_brings_its_own_code_is_refused(tmp_path, model_folder, file, key):
    (model_folder / file).write_text(f'{{"model_type": "x", "{key}": {{"AutoModel": "evil.Model"}}}}')
    with pytest.raises(ModelError, match=rf"{file} asks for code of its own \(auto_map\)"):
        ModelStore(tmp_path / "models").ensure(str(model_folder))


def test_a_tokenizer_of_a_gigabyte_is_refused(tmp_path, model_folder):
    with (model_folder / "tokenizer.json").open("r+b") as file:
        file.truncate(1_000_000_000)
    with pytest.raises(ModelError, match=r"tokenizer.json has 1,000,000,000 bytes; 100,000,000 is the most"):
        ModelStore(tmp_path / "models").ensure(str(model_folder))


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000])
def test_a_config_that_is_no_json_is_told(tmp_path, model_folder, content):
    (model_folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config.json is no (JSON|mapping)"):
        ModelStore(tmp_path / "models").ensure(str(model_folder))


@pytest.mark.parametrize("name", ["./gone", "/gone/away", "models/of/mine", "~/gone-for-sure"])
def test_a_folder_that_is_missing_is_told(tmp_path, name):
    with pytest.raises(ModelError, match=r"There is no folder .*(gone|mine)"):
        ModelStore(tmp_path / "models").ensure(name, base=tmp_path)
