"""Slack's limits on messages: what `chat.*` refuses, and with which error. Pure.

Sources: the platform's reference of blocks, messages and methods; 13,200 characters of blocks together is written
nowhere and was measured (bolt-js issue 2509).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botcore.testing.fake_slack.params import Refused

MAX_BLOCKS = 50
MAX_BLOCKS_CHARACTERS = 13_200
MAX_TEXT = 40_000
MAX_MARKDOWN = 12_000
MAX_METADATA_BYTES = 16_000
_BLOCKS = {
    "actions",
    "carousel",
    "card",
    "context",
    "context_actions",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "markdown",
    "rich_text",
    "section",
    "table",
    "video",
}
_ELEMENTS = {
    "button",
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "image",
    "multi_static_select",
    "overflow",
    "radio_buttons",
    "static_select",
    "users_select",
    "feedback_buttons",
    "icon_button",
}
_LIVE = re.compile(r"<(?:!(?:channel|here|everyone|subteam\^[^>]*)|[@#][^>]+|(?:https?|mailto|tel):[^>]*)>")


def check_message(values: Mapping[str, Any]) -> None:
    """Whether a message's text and blocks may be posted. Raises Refused with the platform's error."""
    text, blocks, markdown = values.get("text"), values.get("blocks"), values.get("markdown_text")
    if markdown is not None:
        if text is not None or blocks is not None:
            raise Refused("markdown_text_conflict")
        if not markdown.strip():
            raise Refused("no_text")
        if len(markdown) > MAX_MARKDOWN:
            raise Refused("msg_too_long")
        return
    if blocks is not None:
        check_blocks(blocks)
    if not blocks and not (text or "").strip() and not values.get("attachments"):
        raise Refused("no_text")
    if text is not None and len(text) > MAX_TEXT:
        raise Refused("msg_too_long")
    metadata = values.get("metadata")
    if metadata is not None:
        _check_metadata(metadata)


def _check_metadata(metadata: Any) -> None:
    is_shaped = isinstance(metadata, Mapping) and isinstance(metadata.get("event_type"), str)
    payload = metadata.get("event_payload") if is_shaped else None
    if not is_shaped or not isinstance(payload, Mapping):
        raise Refused("invalid_metadata_format")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", metadata["event_type"]):
        raise Refused("invalid_metadata_format")
    for value in payload.values():
        if not isinstance(value, str | int | float | bool | list):
            raise Refused("invalid_metadata_format")
    if len(str(payload)) > MAX_METADATA_BYTES:
        raise Refused("metadata_too_large")


def check_blocks(blocks: Any) -> None:
    """Whether blocks are well formed and within their limits. Raises Refused."""
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if len(blocks) > MAX_BLOCKS:
        raise Refused("invalid_blocks", detail="too many blocks")
    ids: set[str] = set()
    for block in blocks:
        if not isinstance(block, Mapping) or block.get("type") not in _BLOCKS:
            raise Refused("invalid_blocks", detail="unsupported type")
        _check_block(block)
        identifier = block.get("block_id")
        if identifier is not None:
            _need(isinstance(identifier, str) and 1 <= len(identifier) <= 255, "block_id")
            _need(identifier not in ids, "block_id used twice")
            ids.add(identifier)
    if sum(map(len, texts_in(blocks))) > MAX_BLOCKS_CHARACTERS:
        raise Refused("msg_blocks_too_long")


def _check_block(block: Mapping[str, Any]) -> None:
    kind = block["type"]
    if kind == "section":
        _check_section(block)
    elif kind == "actions":
        _check_elements(_several(block, 25))
    elif kind == "context":
        for element in _several(block, 10):
            if element.get("type") == "image":
                _check_image(element)
            else:
                _check_text(element, 3000)
    elif kind == "header":
        _check_text(block.get("text"), 150, only="plain_text")
    elif kind == "image":
        _check_image(block)
        if block.get("title") is not None:
            _check_text(block["title"], 2000, only="plain_text")
    elif kind == "markdown":
        _need(isinstance(block.get("text"), str) and 1 <= len(block["text"]) <= MAX_MARKDOWN, "markdown text")


def _check_section(block: Mapping[str, Any]) -> None:
    fields = block.get("fields")
    _need(block.get("text") is not None or fields, "section without text or fields")
    if block.get("text") is not None:
        _check_text(block["text"], 3000)
    if fields is not None:
        _need(isinstance(fields, list) and 1 <= len(fields) <= 10, "section fields")
        for field in fields:
            _check_text(field, 2000)
    if block.get("accessory") is not None:
        _check_element(block["accessory"])


def _several(block: Mapping[str, Any], limit: int) -> list[Any]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= limit:
        raise Refused("invalid_blocks", detail=f"[ERROR] 1 to {limit} elements")
    return elements


def _check_elements(elements: Sequence[Any]) -> None:
    ids: set[str] = set()
    for element in elements:
        _check_element(element)
        identifier = element.get("action_id")
        if identifier is not None:
            _need(identifier not in ids, "action_id used twice")
            ids.add(identifier)


def _check_element(element: Any) -> None:
    _need(isinstance(element, Mapping) and element.get("type") in _ELEMENTS, "unknown element")
    identifier = element.get("action_id")
    _need(identifier is None or (isinstance(identifier, str) and 1 <= len(identifier) <= 255), "action_id")
    if element["type"] == "button":
        _check_text(element.get("text"), 75, only="plain_text")
        value, url = element.get("value"), element.get("url")
        _need(value is None or (isinstance(value, str) and len(value) <= 2000), "button value")
        _need(url is None or (isinstance(url, str) and re.match(r"https?://", url) and len(url) <= 3000), "button url")
        _need(element.get("style") in (None, "primary", "danger"), "button style")
    elif element["type"] == "static_select":
        options = element.get("options")
        _need(isinstance(options, list) and 1 <= len(options) <= 100, "select options")
        _check_text(element.get("placeholder"), 150, only="plain_text")
        for option in options:
            _check_text(option.get("text"), 75, only="plain_text")
            _need(isinstance(option.get("value"), str) and 1 <= len(option["value"]) <= 150, "option value")
    elif element["type"] == "image":
        _check_image(element)


def _check_image(image: Mapping[str, Any]) -> None:
    alt, url = image.get("alt_text"), image.get("image_url")
    _need(isinstance(alt, str) and 1 <= len(alt) <= 2000, "image alt_text")
    has_url = isinstance(url, str) and re.match(r"https?://", url) and len(url) <= 3000
    _need(has_url or isinstance(image.get("slack_file"), Mapping), "image_url")


def _check_text(text: Any, limit: int, only: str = "") -> None:
    allowed = (only,) if only else ("mrkdwn", "plain_text")
    _need(isinstance(text, Mapping) and text.get("type") in allowed, "text type")
    _need(isinstance(text.get("text"), str) and 1 <= len(text["text"]) <= limit, f"text must have 1 to {limit}")


def _need(holds: Any, what: str) -> None:
    if not holds:
        raise Refused("invalid_blocks", detail=f"[ERROR] {what}")


def texts_in(blocks: Any) -> Iterator[str]:
    """Every string that is shown in blocks."""
    if isinstance(blocks, Mapping):
        for name, value in blocks.items():
            if isinstance(value, str):
                if name in ("text", "alt_text"):
                    yield value
            else:
                yield from texts_in(value)
    elif isinstance(blocks, list):
        for value in blocks:
            yield from texts_in(value)


def mrkdwn_in(message: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a message in which markup is live: its text, `mrkdwn` objects and Markdown."""
    if isinstance(message.get("text"), str):
        yield message["text"]
    yield from _mrkdwn(message.get("blocks"))


def _mrkdwn(blocks: Any) -> Iterator[str]:
    if isinstance(blocks, Mapping):
        if blocks.get("type") in ("mrkdwn", "markdown") and isinstance(blocks.get("text"), str):
            yield blocks["text"]
        for value in blocks.values():
            yield from _mrkdwn(value)
    elif isinstance(blocks, list):
        for value in blocks:
            yield from _mrkdwn(value)


def live_markup(texts: Iterable[str]) -> list[str]:
    """What would notify people or open something: `<!channel>`, `<@U1>`, `<#C1>`, `<https://...|...>`."""
    return [found for text in texts for found in _LIVE.findall(text)]
