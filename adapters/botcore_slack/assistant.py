"""Assistant threads: prompts when one is opened, a title from the first question, and that the bot is thinking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from botcore import Host
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.format import cut
from botcore_slack.parse import Opened
from botcore_slack.places import CHANNEL, Place
from botcore_slack.workspaces import Workspace, Workspaces

log = structlog.get_logger("botcore.slack")
TITLE_MAX = 60
PROMPT_TITLE_MAX = 75
KEEP_S = 30 * 86_400.0
THINKING = {"en": "is thinking…", "zh": "正在思考…"}


class Assistant:
    """What an assistant thread has besides messages."""

    def __init__(self, host: Host, workspaces: Workspaces, suggestions: Mapping[str, Sequence[str]]) -> None:
        self._host = host
        self._kept = host.kept(CHANNEL)
        self._workspaces = workspaces
        self._suggestions = suggestions
        self._without: set[str] = set()

    async def welcome(self, workspace: Workspace, opened: Opened) -> None:
        """Offer the suggestions in the person's language; remember that the thread has no title yet."""
        conversation = opened.place.conversation
        await self._kept.put(f"untitled:{conversation}", 1, expires_s=KEEP_S, conversation=conversation)
        known = (await workspace.users([opened.user])).get(opened.user)
        language = self._host.language_of(known.locale if known else None) or self._host.languages[0]
        offered = self._suggestions.get(language) or ()
        if offered:
            prompts = [{"title": cut(words, PROMPT_TITLE_MAX), "message": words} for words in offered[:4]]
            await workspace.client.assistant_threads_setSuggestedPrompts(
                channel_id=opened.place.channel, thread_ts=str(opened.place.thread), prompts=prompts
            )

    async def entitle(self, workspace: Workspace, place: Place, question: str) -> None:
        """Name a thread after its first question."""
        if await self._kept.pop(f"untitled:{place.conversation}") is None:
            return
        await workspace.client.assistant_threads_setTitle(
            channel_id=place.channel, thread_ts=str(place.thread), title=cut(question, TITLE_MAX)
        )

    async def think(self, conversation: str) -> None:
        """Show that the bot is thinking."""
        place = Place.of(conversation)
        if place is None or not place.is_direct or place.thread is None or place.team in self._without:
            return
        workspace = await self._workspaces.of(place.team)
        if workspace is None:
            return
        status = THINKING.get(self._host.languages[0], THINKING["en"])
        try:
            await workspace.client.assistant_threads_setStatus(
                channel_id=place.channel, thread_ts=place.thread, status=status
            )
        except CALL_ERRORS as wrong:
            if trouble_of(wrong).kind == "refused":
                self._without.add(place.team)
            log.info("slack_status_failed", error=trouble_of(wrong).error)
