"""The real default encoder, fetched once into the user's store (or BOTCORE_MODELS) and kept between runs."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from botcore import NotReady
from botcore.models.encoder import Encoder, load_encoder
from botcore.models.store import ModelStore, ResolvedModel, default_root

RETURN_EN, RETURN_ZH, OPEN_EN = "How do I return an item?", "怎么退货？", "What time do you open?"
GOLDEN = {
    RETURN_ZH: (0.0741, -0.0422, -0.0787, -0.0877, 0.0688, -0.0251, -0.0045, 0.0375),
    RETURN_EN: (0.0602, -0.0439, -0.0175, -0.0845, 0.0561, -0.0720, 0.0178, 0.0297),
    OPEN_EN: (0.0354, -0.0395, -0.0168, -0.0332, 0.0730, -0.0705, -0.0057, 0.0448),
}
"""The first eight of 384 numbers of each vector."""

pytestmark = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def model() -> ResolvedModel:
    return ModelStore(default_root()).ensure("multilingual-e5-small")


@pytest.fixture(scope="module")
def encoder(model: ResolvedModel) -> Iterator[Encoder]:
    loaded = load_encoder(model.folder, name=model.name, prefix=model.prefix, device="cpu")
    yield loaded
    loaded.close()


def test_vectors_are_those_that_were_measured(encoder):
    vectors = {text: encoded.vector for text, encoded in zip(GOLDEN, encoder.encode_many(list(GOLDEN)), strict=True)}
    for text, golden in GOLDEN.items():
        assert vectors[text].shape == (384,)
        assert np.linalg.norm(vectors[text]) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(vectors[text][:8], golden, atol=2e-3)
    assert vectors[RETURN_EN] @ vectors[RETURN_ZH] == pytest.approx(0.8563, abs=2e-3)
    assert vectors[RETURN_EN] @ vectors[OPEN_EN] == pytest.approx(0.8231, abs=2e-3)


def test_spans_slice_the_original_text(encoder):
    for text in ("How do I return my Ｂeacon  lantern?", "我的订单SF123456到哪了？", "  blank first", "👨‍👩‍👧 ok"):
        (encoded,) = encoder.encode_many([text])
        assert encoded.tokens.shape == (len(encoded.spans), encoder.size)
        assert all(0 <= start < end <= len(text) for start, end in encoded.spans)
        sliced = "".join(text[start:end] for start, end in encoded.spans)
        assert sliced.replace(" ", "") == text.replace(" ", "")


async def encode_all(encoder: Encoder, texts: list[str]) -> list[np.ndarray]:
    return [encoded.vector for encoded in await asyncio.gather(*(encoder.encode(text) for text in texts))]


def test_texts_that_wait_together_share_a_few_passes(encoder):
    texts = [f"Where is order number {i}?" for i in range(40)]
    passes, counted = encoder.passes, encoder.texts
    vectors = asyncio.run(encode_all(encoder, texts))
    assert encoder.texts - counted == 40
    assert encoder.passes - passes <= 4
    alone = encoder.encode_many([texts[0]])[0].vector
    assert vectors[0] @ alone == pytest.approx(1, abs=1e-3)


def test_an_empty_and_a_very_long_text_have_vectors_too(encoder):
    empty, long = encoder.encode_many(["", "很长 " * 5000])
    assert np.isfinite(empty.vector).all()
    assert np.isfinite(long.vector).all()
    assert len(long.spans) < 512


def test_a_closed_encoder_says_so(model):
    closed = load_encoder(model.folder, name=model.name, prefix=model.prefix, device="cpu")
    closed.close()
    with pytest.raises(NotReady):
        asyncio.run(closed.encode("hello"))


def test_importing_botcore_loads_no_torch():
    program = (
        "import sys, botcore, botcore.models.store; sys.exit('torch' in sys.modules or 'sqlalchemy' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environment).returncode == 0
