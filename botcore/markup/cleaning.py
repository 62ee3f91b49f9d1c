"""Text without the characters that no chat can show and that some platforms, logs and terminals obey."""

from __future__ import annotations

from botcore.markup.patterns import compiled

SURROGATE = compiled(r"[\ud800-\udfff]")
# All of C0 and C1 but tab and newline, and what turns the order of letters round for the rest of the line.
UNWANTED = compiled(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LINE_END = compiled(r"\r\n?|[\u2028\u2029]")
# Tag characters are invisible letters. Their one use is in the flags of England, Scotland and Wales.
TAG = compiled(r"(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]")
# In names and addresses nothing invisible has a use.
INVISIBLE = compiled(r"[\p{Cc}\p{Cf}\u2028\u2029\ufe00-\ufe0f]")


def clean(text: str) -> str:
    """The text without control characters, bidi controls and stray tags; a lone surrogate becomes U+FFFD."""
    if SURROGATE.search(text):
        # Joins the halves of a pair; what is left alone cannot be encoded.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if text.isascii() and text.isprintable():
        return text
    return TAG.sub(r"\1", UNWANTED.sub("", LINE_END.sub("\n", text)))


def plain_name(text: str) -> str:
    """A name or an address without anything invisible."""
    return INVISIBLE.sub("", SURROGATE.sub("\ufffd", text))
