"""Events, interactions and commands over HTTP: signed, with retries for events."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from botcore.testing.fake_slack.sockets import RETRIES_S
from botcore.testing.fake_slack.waiting import Bell


def signed_headers(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    """The headers with which the platform signs a request body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class Pushes:
    """Carries events and interactions to the app's request URL."""

    def __init__(self, signing_secret: str, bell: Bell, *, ack_timeout_s: float, time_scale: float) -> None:
        self.url = ""
        self.answers: list[dict[str, Any]] = []
        self.unacknowledged: list[dict[str, Any]] = []
        self._secret = signing_secret
        self._bell = bell
        self._ack_timeout_s = ack_timeout_s
        self._delays_s = [delay * time_scale for delay in RETRIES_S]
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def event(self, payload: dict[str, Any]) -> None:
        """Deliver an event, with up to three retries."""
        task = asyncio.get_running_loop().create_task(self._deliver(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, payload: dict[str, Any]) -> None:
        body = json.dumps(payload).encode()
        headers = {"Content-Type": "application/json"}
        for attempt in range(len(self._delays_s) + 1):
            if attempt:
                await asyncio.sleep(self._delays_s[attempt - 1])
            status, answered, _ = await self.post(body, headers)
            if 200 <= status < 300 or answered.get("x-slack-no-retry") == "1":
                return
            reason = "http_error" if status else answered.get("reason", "connection_failed")
            headers |= {"X-Slack-Retry-Num": str(attempt + 1), "X-Slack-Retry-Reason": reason}
        self.unacknowledged.append(payload)
        self._bell.ring()

    async def interact(self, kind: str, payload: dict[str, Any]) -> Any:
        """Deliver an interaction (`interactive`) or a command (`slash_commands`) once; what was answered."""
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, text = await self.post(urlencode(form).encode(), headers)
        if not 200 <= status < 300:
            self.unacknowledged.append(payload)
            return None
        try:
            return json.loads(text) if text else {}
        except ValueError:
            return {"text": text}

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        """One signed request: status (0 without an answer), headers in lower case, body."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        sent = {**headers, **signed_headers(self._secret, body)}
        try:
            timeout = aiohttp.ClientTimeout(total=self._ack_timeout_s)
            async with self._session.post(self.url, data=body, headers=sent, timeout=timeout) as answer:
                text = await answer.text()
                found = {name.lower(): value for name, value in answer.headers.items()}
                self.answers.append({"status": answer.status, "body": text, "headers": sent})
                self._bell.ring()
                return answer.status, found, text
        except TimeoutError:
            return 0, {"reason": "http_timeout"}, ""
        except aiohttp.ClientError:
            return 0, {"reason": "connection_failed"}, ""

    async def close(self) -> None:
        """Stop delivering."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
