"""A fine-tuned model in the config: named wrongly, named while the bot runs; and files by their full path."""

from __future__ import annotations

import json

import numpy as np
import pytest
from structlog.testing import capture_logs

from botcore.app.reload import Reloader
from botcore.cli.train import _named
from botcore.nlu.heads import IntentHead
from botcore.training.folder import FORMAT

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
FAQ = "- {id: hours, questions: {en: [when are you open], zh: [几点开门]}, answer: {en: From ten., zh: 十点。}}\n"
ROWS = {
    "hours": ("opening hours", "when do you close", "几点关门", "营业时间"),
    "refund": ("give me my money back", "refund please", "退款", "我要退钱", "money back"),
}
CONFIG = """
models: {encoder: ENCODER}
plugins: {faq: {files: [faq.yaml]}}
logging: {level: error}
nlu:
  examples: ["examples/*.yaml"]
"""


@pytest.fixture
def mine(shop):
    shop.write("faq.yaml", FAQ)
    shop.write("examples/a.yaml", "".join(f"{name}:\n" + "".join(f"- {row}\n" for row in ROWS[name]) for name in ROWS))
    shop.write("config.yaml", CONFIG.replace("ENCODER", "none"))
    return shop


def write_model(shop) -> None:
    """A folder as fine-tuning writes it, with an encoder of another size."""
    from safetensors.numpy import save_file

    about = {"format": FORMAT, "intents": ["hours", "refund"], "slots": [], "temperature": 1.0, "made": {}}
    shop.write("var/nlu/botcore_nlu.json", json.dumps(about))
    shop.write("var/nlu/model.safetensors", b"weights")
    weights = {"intents.weight": np.zeros((2, 7), np.float32), "intents.bias": np.zeros(2, np.float32)}
    save_file(weights, shop.folder / "var/nlu/heads.safetensors")


@pytest.mark.parametrize("missing", ["botcore_nlu.json", "heads.safetensors", "model.safetensors"])
def test_a_folder_that_holds_no_fine_tuned_model_is_a_mistake_of_its_line(mine, missing):
    write_model(mine)
    config = CONFIG.replace("ENCODER", "multilingual-e5-small") + "  model: var/nlu\n"
    assert mine.errors(config) == []
    (mine.folder / "var/nlu" / missing).unlink()
    (told,) = mine.errors(config)
    assert told.startswith("config.yaml:7:10: nlu.model: 'var/nlu' holds no fine-tuned model")
    assert told.endswith("Make it with botcore train nlu --fine-tune, or take the line out.")


def test_a_fine_tuned_model_without_any_encoder_is_told_to_be_of_no_use(mine):
    write_model(mine)
    gathered = mine.gather(CONFIG.replace("ENCODER", "none") + "  model: var/nlu\n")
    assert gathered.errors == []
    assert "models.encoder is none" in " ".join(map(str, gathered.warnings))


def test_files_of_messages_may_be_named_by_their_full_path_and_a_pattern_passes_over_folders(mine):
    rows = len(mine.gather().examples)
    assert mine.errors(CONFIG.replace("ENCODER", "none").replace("examples/*.yaml", "."))[0].endswith("Check the path.")
    for pattern in (f"{mine.folder}/examples/*.yaml", f"{mine.folder}/examples/a.yaml", "examp*/*"):
        (mine.folder / "examples/more").mkdir(exist_ok=True)
        gathered = mine.gather(CONFIG.replace("ENCODER", "none").replace("examples/*.yaml", pattern))
        assert gathered.errors == [], pattern
        assert len(gathered.examples) == rows
        assert len(_named(gathered.loaded)) == 1


@pytest.mark.xdist_group("encoder")
async def test_a_model_that_is_named_while_the_bot_runs_waits_for_a_restart(mine):
    config = CONFIG.replace("ENCODER", "multilingual-e5-small")
    async with mine.running(config, store=None) as bot:
        assert (await bot.ask("几点开门")).text == "十点。"
        write_model(mine)
        mine.write("config.yaml", config + "  model: var/nlu\n")
        with capture_logs() as told:
            await Reloader(bot)._reload()
        assert [line["sections"] for line in told if line["event"] == "restart_needed"] == ["nlu.model"]
        assert bot.gathered.config.nlu.model == "var/nlu"
        assert isinstance(bot.trained.intents, IntentHead)
        assert (await bot.ask("几点开门")).text == "十点。"
