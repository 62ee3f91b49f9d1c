"""The Telegram channel as the bot sees it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import structlog
from starlette.routing import BaseRoute, Route
from telegram.error import BadRequest, InvalidToken, TelegramError

from botcore import Attachment, AuthFailed, BadInput, Delivery, Host, NotReady, Preview, Retry, SendResult
from botcore_telegram.chats import Chats
from botcore_telegram.intake import Intake
from botcore_telegram.menu import set_menu
from botcore_telegram.parse import Me
from botcore_telegram.polling import Pause, Poller
from botcore_telegram.previews import Previews
from botcore_telegram.request import Client
from botcore_telegram.sending import Sender
from botcore_telegram.settings import TelegramSettings
from botcore_telegram.thinking import Thinking
from botcore_telegram.webhook import Webhook

log = structlog.get_logger("botcore.telegram")
START_TRIES = 2
LISTEN_TRIES = 20
MAX_CONNECTIONS = 40


class TelegramAdapter:
    """A bot on Telegram. `settings` tells the bot's server where to listen, if webhooks come by it."""

    name = "telegram"
    replay_safe = False

    def __init__(self, settings: TelegramSettings) -> None:
        self.settings = settings
        # The SDK tells at these levels what users wrote, and httpx, which it brings along, the token in every address.
        for library in ("telegram", "httpx", "httpcore"):
            logging.getLogger(library).setLevel(logging.WARNING)
        self._client = Client(settings.token.get_secret_value(), settings.base_url)
        self._webhook = Webhook()
        self._intake: Intake | None = None
        self._poller: Poller | None = None
        self._host: Host
        self._chats: Chats
        self._sender: Sender | None = None
        self._previews: Previews | None = None
        self._thinking: Thinking | None = None

    @property
    def _kinds(self) -> list[str]:
        """The updates that are wanted; Telegram remembers the list, so it is said every time."""
        kinds = ["message", "callback_query", "my_chat_member"]
        return [*kinds, "edited_message"] if self.settings.edits == "answer" else kinds

    def routes(self) -> Sequence[BaseRoute]:
        """The webhook, in that mode. Until `start` it answers 503."""
        if self.settings.mode == "polling":
            return []
        return [Route(self.settings.path, self._webhook.answer, methods=["POST"])]

    async def start(self, host: Host) -> None:
        """Ask Telegram who the bot is, and get ready.

        Raises:
            AuthFailed: Telegram does not know the token.
        """
        await self._client.open()
        self._host = host
        self._chats = Chats(host.kept(self.name))
        await self._chats.load()
        self._previews = Previews(self._client, host, self._chats)
        await self._previews.load()
        self._sender = Sender(self._client, host, self._chats, self._previews, self.settings.delivery)
        self._thinking = Thinking(self._client, self._chats)
        try:
            await self._introduce(START_TRIES)
        except AuthFailed:
            await self._client.close_all()
            raise
        except NotReady as wrong:  # the other channels need not wait for it: `listen` goes on asking
            log.warning("telegram_unreachable", why=str(wrong))

    async def _introduce(self, tries: int) -> Intake:
        """Ask Telegram who the bot is; then updates can be read."""
        if self._intake is None:
            user = await self._who(tries)
            me = Me(
                id=int(user["id"]),
                username=str(user.get("username", "")),
                groups=self.settings.groups,
                edits=self.settings.edits,
                commands=self.settings.commands,
                moved=self._chats.old,
                language_of=self._host.language_of,
            )
            self._intake = Intake(self._client, self._host, self._chats, me)
            await set_menu(self._client, self._host.kept(self.name), self.settings, self._host.languages)
            log.info("telegram_ready", bot=me.username, mode=self.settings.mode)
        return self._intake

    async def _who(self, tries: int) -> dict[str, Any]:
        """The reply to getMe."""
        pause = Pause()
        error = ""
        for number in range(tries):
            if number:
                await pause.wait()
            try:
                return dict(await self._client.call("getMe"))
            except InvalidToken:
                fix = "Ask @BotFather for it (/token), and set `channels: telegram: token:` or the variable it reads."
                raise AuthFailed("Telegram does not know this bot token.", fix=fix) from None
            except TelegramError as wrong:
                error = str(wrong)
        fix = "Look at the network, at proxies, and at `channels: telegram: base_url:`."
        raise NotReady(f"Telegram cannot be asked who the bot is: {error}", fix=fix)

    async def listen(self) -> None:
        """Poll until cancelled; with a webhook, tell Telegram where it is."""
        intake = await self._introduce(LISTEN_TRIES)
        if self.settings.mode == "webhook":
            await self._set_webhook(intake)
            return
        self._poller = Poller(self._client, intake, self._kinds)
        await self._poller.run()

    async def _set_webhook(self, intake: Intake) -> None:
        own = self.settings.secret
        secret = own.get_secret_value() if own else self._host.secret("telegram_webhook").hex()
        self._webhook.begin(intake, self._host, secret)
        if self.settings.url is None:
            log.info("telegram_webhook_not_ours", path=self.settings.path)
            return
        values = {
            "url": self.settings.webhook_url,
            "secret_token": secret,
            "allowed_updates": self._kinds,
            "max_connections": MAX_CONNECTIONS,
            "drop_pending_updates": False,
        }
        pause = Pause()
        while True:
            try:
                await self._client.call("setWebhook", values)
                return
            except BadRequest as wrong:
                fix = "Telegram calls public https addresses on the ports 443, 80, 88 and 8443."
                log.error("telegram_webhook_not_set", why=str(wrong), fix=fix)
                await pause.wait(10.0)
            except TelegramError as wrong:
                log.warning("telegram_unreachable", why=str(wrong))
                await pause.wait()

    async def send(self, delivery: Delivery) -> SendResult:
        """Show one reply."""
        if self._sender is None:
            return Retry(1.0, "The channel has not started")
        return await self._sender.send(delivery)

    async def typing(self, conversation: str, is_on: bool) -> None:
        """Show or hide that the bot is thinking."""
        if self._thinking is not None:
            self._thinking.show(conversation, is_on=is_on)

    async def preview(self, preview: Preview) -> None:
        """Show a reply as far as it is made."""
        if self._previews is not None:
            await self._previews.show(preview)

    async def fetch(self, attachment: Attachment, *, limit_bytes: int) -> bytes:
        """The bytes of a file that a message brought.

        Raises:
            BadInput: it is gone, too large, or no file.
        """
        too_large = BadInput("file_too_large", f"The file has more than {limit_bytes} bytes.")
        if attachment.ref is None or attachment.kind == "location":
            raise BadInput("no_file", "This attachment is no file.")
        if (attachment.size_bytes or 0) > limit_bytes:
            raise too_large
        try:
            known = await self._client.call("getFile", {"file_id": attachment.ref})
            if int(known.get("file_size") or 0) > limit_bytes:
                raise too_large
            content = await self._client.download(str(known["file_path"]), limit_bytes)
        except BadRequest as wrong:
            raise BadInput("no_file", f"Telegram does not give the file: {wrong}") from None
        except TelegramError as wrong:
            raise NotReady(f"The file cannot be fetched now: {wrong}") from None
        if content is None:
            raise too_large
        return content

    async def stop(self) -> None:
        """Confirm what is stored, then close. A webhook stays set: Telegram keeps what comes until the bot is back."""
        await self._webhook.end()
        if self._thinking is not None:
            await self._thinking.stop()
        if self._intake is not None:
            await self._intake.stop()
        if self._poller is not None:
            await self._poller.stop()
        await self._client.close_all()
