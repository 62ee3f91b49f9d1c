"""The web channel as the bot sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from botcore import Attachment, BadInput, Delivery, Host, NotReady, Preview, SendResult, Sent
from botcore_web.assets import Page, Widget
from botcore_web.guard import API_POLICY, Doorkeeper, FixedHeaders
from botcore_web.parse import clean
from botcore_web.replies import answered, http_error
from botcore_web.routes import Api
from botcore_web.settings import WebSettings
from botcore_web.streams import Streams


class WebAdapter:
    """Serves the widget and its API. `settings` tells the bot's server where to listen.

    Replies are not sent but read: the widget follows the log of its conversation, so that every tab, and a tab that
    comes back, sees each line once.
    """

    name = "web"
    replay_safe = True

    def __init__(self, settings: WebSettings) -> None:
        self.settings = settings
        self._streams = Streams(per_conversation=settings.max_streams_per_visitor, total=settings.max_streams)
        self._api: Api | None = None
        self._widget: Widget | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """The API under `/web`, the widget's script, and the page at `/`. Until `start` the API answers 503."""
        api = [
            Route("/sessions", self._begin, methods=["POST"]),
            Route("/messages", self._post, methods=["POST"]),
            Route("/messages", self._history, methods=["GET"]),
            Route("/events", self._events, methods=["GET"]),
        ]
        headers = {"Content-Security-Policy": API_POLICY}
        app = Doorkeeper(Starlette(routes=api, exception_handlers={HTTPException: http_error}), self.settings.origins)
        script = Middleware(FixedHeaders, headers=headers)
        return [
            Route("/web/widget.js", self._script, methods=["GET"], middleware=[script]),
            # Pictures are asked for without an Origin, by pages of other sites too: the address is the key.
            Route("/web/files/{token}", self._file, methods=["GET"], middleware=[script]),
            Mount("/web", app=FixedHeaders(app, headers)),
            *Page(self.settings).routes(),
        ]

    async def start(self, host: Host) -> None:
        """Begin to take messages."""
        self._widget = await asyncio.to_thread(Widget, self.settings, host.bot_name, host.languages)
        self._api = Api(self.settings, host, self._streams)

    async def listen(self) -> None:
        """Nothing to do: the routes are all there is."""

    async def send(self, delivery: Delivery) -> SendResult:
        """Wake those who follow the conversation; the reply is in its log already."""
        self._streams.wake(delivery.conversation)
        return Sent()

    async def typing(self, conversation: str, is_on: bool) -> None:
        """Show or hide that the bot is thinking."""
        self._streams.set_typing(conversation, is_on)

    async def preview(self, preview: Preview) -> None:
        """Show the text so far to those who follow the conversation; its line in the log will replace it."""
        self._streams.show_preview(preview.conversation, preview.turn, clean(preview.text))

    async def fetch(self, attachment: Attachment, *, limit_bytes: int) -> bytes:
        """Raises BadInput: visitors send no files."""
        raise BadInput("no_file", "The web chat takes no files.")

    async def stop(self) -> None:
        """End the streams, so that the server need not wait for them; clients come back by themselves."""
        self._streams.close_all()

    def _ready(self) -> Api:
        if self._api is None:
            raise NotReady("The web channel has not started.")
        return self._api

    @answered
    async def _begin(self, request: Request) -> Response:
        return await self._ready().begin(request)

    @answered
    async def _post(self, request: Request) -> Response:
        return await self._ready().post(request)

    @answered
    async def _history(self, request: Request) -> Response:
        return await self._ready().history(request)

    @answered
    async def _events(self, request: Request) -> Response:
        return await self._ready().events(request)

    @answered
    async def _file(self, request: Request) -> Response:
        return await self._ready().file(request)

    @answered
    async def _script(self, request: Request) -> Response:
        if self._widget is None:
            raise NotReady("The web channel has not started.")
        return self._widget.response(request)
