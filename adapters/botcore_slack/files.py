"""Files that people send: fetched with the workspace's token, from Slack and from nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from botcore import Attachment, BadInput
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.settings import SlackSettings
from botcore_slack.workspaces import Workspaces

CHUNK = 64 * 1024
TIMEOUT_S = 50.0


class Files:
    """Fetches attachments."""

    def __init__(self, settings: SlackSettings, workspaces: Workspaces, session: aiohttp.ClientSession) -> None:
        self._own_host = urlsplit(settings.base_url).netloc
        self._workspaces = workspaces
        self._session = session

    async def fetch(self, attachment: Attachment, limit_bytes: int) -> bytes:
        """The bytes. Raises BadInput."""
        if attachment.size_bytes is not None and attachment.size_bytes > limit_bytes:
            raise BadInput("too_large", f"The file has {attachment.size_bytes} bytes, {limit_bytes} are allowed.")
        team, _, file_id = (attachment.ref or "").partition(":")
        workspace = await self._workspaces.of(team) if file_id else None
        if workspace is None:
            raise BadInput("no_file", "Slack does not know this file.")
        try:
            found = (await workspace.client.files_info(file=file_id))["file"]
            url = str(found.get("url_private_download") or found.get("url_private") or "")
            if not self._is_slack(url):
                raise BadInput("no_file", "The file does not lie on Slack.")
            return await self._download(url, str(workspace.client.token), limit_bytes)
        except CALL_ERRORS as wrong:
            raise BadInput("no_file", f"The file cannot be fetched. {trouble_of(wrong).why}") from None

    async def _download(self, url: str, token: str, limit_bytes: int) -> bytes:
        headers = {"Authorization": f"Bearer {token}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        # Not redirected: the token belongs to this host only.
        async with self._session.get(url, headers=headers, timeout=timeout, allow_redirects=False) as answer:
            # Without the scope files:read Slack shows its page to sign in, with status 200.
            if answer.status != 200 or (answer.content_type == "text/html" and "html" not in url.rpartition(".")[2]):
                raise BadInput("no_file", f"Slack does not hand out the file (HTTP {answer.status}, files:read?).")
            chunks, size = [], 0
            async for chunk in answer.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > limit_bytes:
                    raise BadInput("too_large", f"The file has more than {limit_bytes} bytes.")
                chunks.append(chunk)
            return b"".join(chunks)

    def _is_slack(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_theirs = parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
        return is_theirs or parts.netloc == self._own_host
