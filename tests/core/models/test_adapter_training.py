"""The layers that the adapter is trained in compute what the bot's encoder computes."""

import copy

import numpy as np
import pytest
import torch

from benchmarks.adapter.lora import Lower, Upper
from benchmarks.adapter.train import contrast, keep

pytestmark = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
TEXTS = ["where is my parcel", "我的包裹到哪了", "a"]


@pytest.fixture
def upper(encoder):
    return Upper(encoder.module, first=8, rank=4, seed=0)


def packed(encoder, upper):
    lower = Lower(encoder, 8)
    lower.add(TEXTS)
    return lower.batch(TEXTS)


def test_before_training_the_upper_layers_give_the_frozen_encoder_s_vectors(encoder, upper):
    with torch.inference_mode():
        found = upper(packed(encoder, upper)).numpy()
    wanted = np.stack([one.vector for one in encoder.encode_many(TEXTS)])
    assert np.abs(found - wanted).max() < 2e-3  # the lower layers' states are kept in half precision


def test_merged_into_the_encoder_the_trained_weights_give_the_trained_vectors(encoder, upper):
    for linear in upper.low.values():
        torch.nn.init.normal_(linear.up, std=0.05, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        trained = upper(packed(encoder, upper)).numpy()
    frozen = encoder.encode_many(TEXTS)
    before = copy.deepcopy(encoder.module.encoder)
    try:
        upper.low_rank().merge(encoder.module)
        merged = np.stack([one.vector for one in encoder.encode_many(TEXTS)])
    finally:
        encoder.module.encoder = before
    assert np.abs(merged - trained).max() < 2e-3
    assert np.abs(merged - np.stack([one.vector for one in frozen])).max() > 1e-2


def test_contrast_is_least_when_equal_labels_lie_together():
    together = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    labels = torch.tensor([0, 0, 1, 1])
    mixed_up = torch.tensor([0, 1, 0, 1])
    assert contrast(together, labels, 0.1) < contrast(together, mixed_up, 0.1)


def test_keeping_is_nothing_as_long_as_similarities_stay():
    vectors = torch.nn.functional.normalize(torch.randn(6, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    assert abs(float(keep(vectors, vectors, 0.05))) < 1e-5
    assert float(keep(vectors.flip(0), vectors, 0.05)) > 0.1
