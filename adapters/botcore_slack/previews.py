"""Replies shown while they are made: a stream in a thread, else one message that is updated.

The message is kept beside the journal before and after it is made. So a reply replaces its preview also when the
process ended in between, and a preview whose answer was lost is found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from botcore import Delivery, Kept, Preview, read_markdown
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.format import SECTION_MAX, Post, blocks_of
from botcore_slack.history import PREVIEW, look_up
from botcore_slack.mrkdwn import escaped
from botcore_slack.pace import Pace
from botcore_slack.places import Place
from botcore_slack.workspaces import Workspace, Workspaces

log = structlog.get_logger("botcore.slack")
UPDATE_EVERY_S = 1.2
STREAM_EVERY_S = 0.7  # chat.appendStream: 100 a minute and more
KEEP_S = 86_400.0
# A mark that is still open, at the end of a text that grows: what follows may turn out to be bold, or a link.
_OPEN_MARK = re.compile(r"(\*\*|\*|__|_|~~|`|\[)[^*_~`\n]*$")


@dataclass(slots=True)
class Shown:
    """The message in which a reply grows. `ts` is None while it is not known whether there is one."""

    turn: str
    to: str | None
    ts: str | None = None
    is_stream: bool = False
    text: str = ""

    def as_kept(self) -> dict[str, Any]:
        """As a row."""
        return {"turn": self.turn, "to": self.to, "ts": self.ts, "is_stream": self.is_stream}

    def is_of(self, turn: str, to: str | None) -> bool:
        """Whether this is the preview of that turn; one that was begun again answers the same message."""
        return turn == self.turn or (to is not None and to == self.to)


class Previews:
    """The previews of all conversations."""

    def __init__(self, kept: Kept, workspaces: Workspaces, pace: Pace, *, every_s: float = UPDATE_EVERY_S) -> None:
        self._kept = kept
        self._workspaces = workspaces
        self._pace = pace
        self._every_s = every_s
        self._shown: dict[str, Shown] = {}
        self._no_streams: set[str] = set()

    async def show(self, preview: Preview) -> None:
        """Show the text so far, unless it is too early for it: the next one brings all of it."""
        place = Place.of(preview.conversation)
        text = _stable(preview.text)
        if place is None or not text.strip():
            return
        shown = self._shown.get(preview.conversation)
        every_s = min(STREAM_EVERY_S, self._every_s) if shown and shown.is_stream else self._every_s
        if not self._pace.may_show(place.team, place.channel, every_s):
            return
        workspace = await self._workspaces.of(place.team)
        if workspace is None:
            return
        try:
            if shown is None or not shown.is_of(preview.turn, preview.to):
                shown = await self._begin(workspace, place, preview, text)
            else:
                await self._go_on(workspace, place, shown, text)
        except CALL_ERRORS as wrong:
            trouble = trouble_of(wrong)
            if trouble.kind == "limited":
                self._pace.block(place.team, place.channel, trouble.after_s)
            log.info("slack_preview_skipped", error=trouble.error)

    async def of(self, delivery: Delivery) -> Shown | None:
        """The preview which this reply replaces, if there is one."""
        shown = self._shown.get(delivery.conversation)
        if shown is None:
            row = await self._kept.get(_key(delivery.conversation))
            shown = _read(row) if row else None
        if shown is None or not shown.is_of(delivery.turn, delivery.to):
            return None
        return shown

    async def find(self, workspace: Workspace, place: Place, shown: Shown, key: str) -> str | None:
        """The ts of a preview whose answer was lost; None if it never arrived."""
        if shown.ts is None:
            unfinished = (await look_up(workspace, place, key, shown.to)).unfinished
            shown.ts = max(unfinished, default=None)
        return shown.ts

    async def replaced(self, conversation: str) -> None:
        """The reply stands where the preview was."""
        self._shown.pop(conversation, None)
        await self._kept.pop(_key(conversation))

    async def stop_stream(
        self, workspace: Workspace, place: Place, shown: Shown, metadata: Mapping[str, Any] | None = None
    ) -> bool:
        """End a stream; False if it had ended already. Raises what the SDK raises."""
        assert shown.ts is not None  # noqa: S101  # it was found
        shown.is_stream = False
        try:
            await workspace.client.chat_stopStream(
                channel=place.channel, ts=shown.ts, metadata=dict(metadata) if metadata else None
            )
        except CALL_ERRORS as wrong:
            if trouble_of(wrong).error != "message_not_in_streaming_state":
                shown.is_stream = trouble_of(wrong).kind != "refused"
                raise
            return False
        return True

    async def close(self) -> None:
        """End every stream: one that is left open blinks for ever."""
        for conversation, shown in list(self._shown.items()):
            place = Place.of(conversation)
            if place is None or not shown.is_stream or shown.ts is None:
                continue
            try:
                workspace = await self._workspaces.of(place.team)
                if workspace is not None:
                    await self.stop_stream(workspace, place, shown)
            except CALL_ERRORS as wrong:
                log.warning("slack_stream_left_open", conversation=conversation, error=trouble_of(wrong).why)

    async def _begin(self, workspace: Workspace, place: Place, preview: Preview, text: str) -> Shown:
        row = await self._kept.get(_key(preview.conversation))
        before = _read(row) if row else None
        if before is not None and before.is_of(preview.turn, preview.to):
            # The turn was begun before this process: its message is used again, and no longer as a stream.
            self._shown[preview.conversation] = before
            if await self.find(workspace, place, before, preview.turn) is not None:
                before.is_stream = before.is_stream and not await self.stop_stream(workspace, place, before)
                await self._update(workspace, place, before, text)
                return before
        shown = Shown(preview.turn, preview.to)
        shown.is_stream = place.thread is not None and workspace.team not in self._no_streams
        self._shown[preview.conversation] = shown
        await self._keep(preview.conversation, shown)
        if shown.is_stream:
            await self._start_stream(workspace, place, shown, preview, text)
        if not shown.is_stream:
            await self._post(workspace, place, shown, text)
        await self._keep(preview.conversation, shown)
        return shown

    async def _start_stream(
        self, workspace: Workspace, place: Place, shown: Shown, preview: Preview, text: str
    ) -> None:
        recipient: dict[str, Any] = {}
        if not place.is_direct:
            team, _, user = preview.user.id.partition(":")
            recipient = {"recipient_team_id": team, "recipient_user_id": user}
        try:
            started = await workspace.client.chat_startStream(
                channel=place.channel, thread_ts=str(place.thread), markdown_text=text, **recipient
            )
        except CALL_ERRORS as wrong:
            if trouble_of(wrong).kind != "refused":
                raise
            # A workspace or a token that may not stream: one message that is updated does for it.
            self._no_streams.add(workspace.team)
            shown.is_stream = False
            return
        shown.ts, shown.text = started["ts"], text

    async def _post(self, workspace: Workspace, place: Place, shown: Shown, text: str) -> None:
        posted = await workspace.client.chat_postMessage(
            channel=place.channel,
            text=text[:SECTION_MAX],
            metadata={"event_type": PREVIEW, "event_payload": {"turn": shown.turn}},
            unfurl_links=False,
            unfurl_media=False,
            thread_ts=place.thread,
        )
        shown.ts, shown.text = posted["ts"], text

    async def _go_on(self, workspace: Workspace, place: Place, shown: Shown, text: str) -> None:
        if shown.ts is None:
            return  # its answer was lost; the reply will look for it
        if not shown.is_stream:
            if text != shown.text:
                await self._update(workspace, place, shown, text)
            return
        if not text.startswith(shown.text) or text == shown.text:
            return  # a stream only grows; the reply will set it right
        try:
            await workspace.client.chat_appendStream(
                channel=place.channel, ts=shown.ts, markdown_text=text[len(shown.text) :]
            )
            shown.text = text
        except CALL_ERRORS as wrong:
            if trouble_of(wrong).error != "message_not_in_streaming_state":
                raise
            shown.is_stream = False
            await self._update(workspace, place, shown, text)

    async def _update(self, workspace: Workspace, place: Place, shown: Shown, text: str) -> None:
        words = text[:SECTION_MAX]
        await workspace.client.chat_update(
            channel=place.channel, ts=str(shown.ts), text=words, blocks=list(blocks_of(Post(words)))
        )
        shown.text = text

    async def _keep(self, conversation: str, shown: Shown) -> None:
        await self._kept.put(_key(conversation), shown.as_kept(), expires_s=KEEP_S, conversation=conversation)


def _stable(text: str) -> str:
    """What of a growing text will stay as it is, as plain words with nothing live in them."""
    return escaped(read_markdown(_OPEN_MARK.sub("", text)).text)[: 4 * SECTION_MAX - 100]


def _read(row: Mapping[str, Any]) -> Shown:
    return Shown(str(row["turn"]), row.get("to"), row.get("ts"), bool(row.get("is_stream")))


def _key(conversation: str) -> str:
    return f"preview:{conversation}"
