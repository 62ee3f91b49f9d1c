"""Which characters drove a score: the shares of the tokens, and the one pass that several parts read."""

from __future__ import annotations

import numpy as np
import pytest

from botcore.app.encoded import frame_of
from botcore.models.attribution import attribute, by_characters
from botcore.models.encoder import Remembering

with_encoder = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]


class TestWithEncoder:
    pytestmark = with_encoder

    @pytest.mark.parametrize(
        ("text", "other"),
        [("where can I park my car", "is there a car park?"), ("请问几点开门", "营业时间是什么时候")],
    )
    def test_the_shares_add_up_to_what_the_text_adds_to_the_score(self, encoder, text, other):
        frame = frame_of(encoder)
        (encoded,) = encoder.encode_many([other])
        direction = frame.place(other, encoded)
        pieces, whole = attribute(encoder, text, frame.origin(text), direction)
        assert sum(share for _, _, share in pieces) == pytest.approx(whole, abs=0.1 * abs(whole) + 0.02)
        assert "".join(text[start:end] for start, end, _ in pieces).replace(" ", "") == text.replace(" ", "")

    def test_a_text_without_tokens_of_its_own_has_no_shares(self, encoder):
        size = encoder.size
        assert attribute(encoder, "", np.zeros(size, np.float32), np.ones(size, np.float32)) == ([], 0.0)

    def test_what_was_encoded_once_is_remembered_until_it_is_closed(self, encoder):
        remembering = Remembering(encoder)
        before = encoder.texts
        first = remembering.encode_many(["one of these", "and another", "one of these"])
        assert encoder.texts - before == 2
        again = remembering.encode_many(["and another"])
        assert encoder.texts - before == 2
        assert again[0] is first[1]
        assert first[0] is first[2]
        assert remembering.identity == encoder.identity
        remembering.close()
        remembering.encode_many(["and another"])
        assert encoder.texts - before == 3


def test_a_token_gives_each_of_its_characters_the_same_share():
    shares = by_characters([(0, 2, 1.0), (3, 4, -0.5), (4, 4, 9.0)], 5)
    np.testing.assert_allclose(shares, [0.5, 0.5, 0, -0.5, 0])
