"""Replies on their way out: each part once, also over crashes, lost answers and rate limits."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from botcore import AuthFailed, Delivery, Failed, Host, NotReady, Retry, SendResult, Sent, Unknown
from botcore_slack.errors import CALL_ERRORS, Trouble, trouble_of
from botcore_slack.format import Part, Post, Upload, blocks_of, parts_of
from botcore_slack.history import Found, look_up, reply_metadata
from botcore_slack.pace import GIVE_UP_S, Pace
from botcore_slack.places import CHANNEL, Place, callback_id
from botcore_slack.previews import Previews, Shown
from botcore_slack.workspaces import Workspace, Workspaces

log = structlog.get_logger("botcore.slack")
NAMESPACE = uuid.UUID("6f1f3c0e-5d0b-4a57-9a55-2f0a1a5e7b10")
LOST_S = 1.0
UNREACHABLE_S = 2.0
JOBS_MAX = 10_000
UPLOAD_DAYS = 30
TEXT_MAX = 40_000
BAD_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"}
CANNOT_UPDATE = {"message_not_found", "cant_update_message", "edit_window_closed", "streaming_state_conflict"}


@dataclass(slots=True)
class Job:
    """How far a reply has come in this process.

    `is_known`: every part that is not in `done` is certainly not there. `blind`: sends made without being able to look.
    """

    done: dict[int, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    is_known: bool = True
    blind: int = 0


class Sender:
    """Sends replies."""

    def __init__(
        self,
        host: Host,
        workspaces: Workspaces,
        pace: Pace,
        previews: Previews,
        session: aiohttp.ClientSession,
        agents: tuple[str, ...],
        base_dir: Path,
    ) -> None:
        self._host = host
        self._kept = host.kept(CHANNEL)
        self._secret = host.secret(CHANNEL)
        self._workspaces = workspaces
        self._pace = pace
        self._previews = previews
        self._session = session
        self._agents = agents
        self._base_dir = base_dir
        self._jobs: dict[str, Job] = {}

    async def send(self, delivery: Delivery) -> SendResult:
        """Send what is not there yet of a reply."""
        place = Place.of(delivery.conversation)
        if place is None:
            return Failed(f"{delivery.conversation!r} is no conversation on Slack.")
        try:
            workspace = await self._workspaces.of(place.team)
        except NotReady as wait:
            return Retry(UNREACHABLE_S, str(wait))
        except AuthFailed as wrong:
            return Failed(str(wrong))
        if workspace is None:
            return Failed(f"The app is not installed in workspace {place.team}: install it again at /slack/install.")
        job = self._jobs.setdefault(delivery.key, Job(is_known=_is_fresh(delivery)))
        if len(self._jobs) > JOBS_MAX:
            # Given up by the engine. Should it come again after all, it is looked up.
            del self._jobs[next(iter(self._jobs))]
        wait_s = self._pace.wait_s(place.team, place.channel)
        if wait_s:
            return Retry(wait_s, "Slack limits this channel")
        result = await self._send(delivery, workspace, place, job)
        if not isinstance(result, Retry):
            self._jobs.pop(delivery.key, None)
        return result

    async def _send(self, delivery: Delivery, workspace: Workspace, place: Place, job: Job) -> SendResult:
        reply = delivery.reply
        calls_agents = reply.hand_over and not place.is_direct

        def callback(index: int) -> str:
            return callback_id(self._secret, delivery.conversation, delivery.seq, index)

        parts = parts_of(reply, callback, self._agents if calls_agents else ())
        if not job.is_known:
            stopped = await self._look(delivery, workspace, place, job)
            if stopped is not None:
                return stopped
        shown = await self._previews.of(delivery)
        for number, part in enumerate(parts):
            if number in job.done:
                continue
            try:
                if number == 0 and shown is not None:
                    ts = await self._replace(delivery, workspace, place, shown, part)
                else:
                    ts = await self._part(delivery, workspace, place, number, part)
            except CALL_ERRORS as wrong:
                return self._troubled(place, job, trouble_of(wrong))
            except OSError as wrong:
                return Failed(f"A file of the reply cannot be read: {wrong}.")
            job.done[number] = ts
        if shown is not None:
            await self._previews.replaced(delivery.conversation)
        return Sent(job.done.get(0))

    async def _look(self, delivery: Delivery, workspace: Workspace, place: Place, job: Job) -> SendResult | None:
        """Find out what is there already; a result if the reply cannot go on."""
        try:
            found = await look_up(workspace, place, delivery.key, delivery.to)
        except CALL_ERRORS as wrong:
            trouble = trouble_of(wrong)
            if trouble.kind == "limited":
                self._pace.block(place.team, place.channel, trouble.after_s)
                return Retry(trouble.after_s, trouble.why)
            if trouble.kind != "refused":
                return Retry(LOST_S, trouble.why)
            return self._blindly(delivery, job, trouble)
        job.done |= found.parts
        await self._note_files(delivery, job, found)
        job.is_known = True
        return None

    def _blindly(self, delivery: Delivery, job: Job, trouble: Trouble) -> SendResult | None:
        """Slack does not let us look: send once more at most, and what must not come twice not at all."""
        log.warning("slack_cannot_look_up", error=trouble.why)
        if delivery.reply.at_most_once or job.blind:
            return Unknown(f"It may have been sent: the answer was lost, and Slack does not let us look. {trouble.why}")
        job.blind += 1
        return None

    async def _note_files(self, delivery: Delivery, job: Job, found: Found) -> None:
        for name, file_id in (await self._kept.find(f"upload:{delivery.key}:")).items():
            if file_id in found.files:
                job.done[int(name.rpartition(":")[2])] = found.files[file_id]

    def _troubled(self, place: Place, job: Job, trouble: Trouble) -> SendResult:
        match trouble.kind:
            case "limited":
                self._host.observe("slack_limited_total")
                if trouble.after_s > GIVE_UP_S:
                    return Failed(f"Slack asks to wait {trouble.after_s:.0f} s, which is too long for an answer.")
                self._pace.block(place.team, place.channel, trouble.after_s)
                return Retry(trouble.after_s, trouble.why)
            case "unsent":
                return Retry(UNREACHABLE_S, trouble.why)
            case "lost":
                job.is_known = False
                return Retry(LOST_S, trouble.why)
        return Failed(trouble.why)

    async def _part(self, delivery: Delivery, workspace: Workspace, place: Place, number: int, part: Part) -> str:
        if isinstance(part, Upload):
            return await self._upload(delivery, workspace, place, number, part)
        message = self._message(delivery, place, number, part)
        try:
            posted = await workspace.client.chat_postMessage(**message)
        except CALL_ERRORS as wrong:
            if not part.blocks or trouble_of(wrong).error not in BAD_BLOCKS:
                raise
            # Such as a picture that Slack could not fetch: the words matter more.
            log.warning("slack_blocks_refused", error=trouble_of(wrong).error)
            message.pop("blocks")
            posted = await workspace.client.chat_postMessage(**message)
        return str(posted["ts"])

    def _message(self, delivery: Delivery, place: Place, number: int, post: Post) -> dict[str, Any]:
        message: dict[str, Any] = {
            "channel": place.channel,
            "text": post.text[:TEXT_MAX],
            "metadata": reply_metadata(delivery.key, number),
            "unfurl_links": False,
            "unfurl_media": False,
            "client_msg_id": str(uuid.uuid5(NAMESPACE, f"{delivery.key}:{number}")),
        }
        if post.blocks:
            message["blocks"] = list(post.blocks)
        if place.thread:
            message["thread_ts"] = place.thread
        return message

    async def _replace(self, delivery: Delivery, workspace: Workspace, place: Place, shown: Shown, part: Part) -> str:
        """Put the first part where the preview is."""
        ts = await self._previews.find(workspace, place, shown, delivery.key)
        if ts is None:
            return await self._part(delivery, workspace, place, 0, part)
        metadata = reply_metadata(delivery.key, 0)
        if isinstance(part, Upload):
            if shown.is_stream:
                await self._previews.stop_stream(workspace, place, shown)
            await workspace.client.chat_delete(channel=place.channel, ts=ts)
            return await self._part(delivery, workspace, place, 0, part)
        is_same = not part.blocks and part.text == shown.text
        if shown.is_stream:
            ended = await self._previews.stop_stream(workspace, place, shown, metadata if is_same else None)
            if ended and is_same:
                return ts
        try:
            await workspace.client.chat_update(
                channel=place.channel, ts=ts, text=part.text, blocks=list(blocks_of(part)), metadata=metadata
            )
        except CALL_ERRORS as wrong:
            if trouble_of(wrong).error not in CANNOT_UPDATE:
                raise
            return await self._part(delivery, workspace, place, 0, part)
        return ts

    async def _upload(self, delivery: Delivery, workspace: Workspace, place: Place, number: int, upload: Upload) -> str:
        path = self._base_dir / upload.source
        content = await asyncio.to_thread(path.read_bytes)
        asked: dict[str, Any] = {"filename": upload.name, "length": len(content)}
        if upload.alt:
            asked["alt_txt"] = upload.alt
        got = await workspace.client.files_getUploadURLExternal(**asked)
        async with self._session.post(got["upload_url"], data=content) as answer:
            if answer.status != 200:
                raise aiohttp.ClientConnectionError(f"upload: HTTP {answer.status}")
        file_id = str(got["file_id"])
        # Known before it is shown, so that a lost answer can be looked up.
        await self._kept.put(
            f"upload:{delivery.key}:{number}",
            file_id,
            expires_s=UPLOAD_DAYS * 86_400,
            conversation=delivery.conversation,
        )
        await workspace.client.files_completeUploadExternal(
            files=[{"id": file_id, "title": upload.name}], channel_id=place.channel, thread_ts=place.thread
        )
        return file_id


def _is_fresh(delivery: Delivery) -> bool:
    """Whether nothing of it was ever sent: a try before this process may have gone anywhere."""
    return delivery.attempt == 1 and not delivery.is_ambiguous
