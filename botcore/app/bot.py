"""The bot: every part built, wired, started in order and stopped in the reverse one."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from botcore.api.metrics import Metrics
from botcore.app.channels import Channels, quietly
from botcore.app.encoders import NO_ENCODER, load_encoders
from botcore.app.gather import Gathered
from botcore.app.heads import make_heads, read_tuned
from botcore.app.host import BotHost
from botcore.app.reload import Reloader
from botcore.delivery.engine import Claim, DeadLetter, Engine, Outcome
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore.dialogue.advance import Dialogue
from botcore.errors import NotReady
from botcore.guard import Guard
from botcore.knowledge.index import Index
from botcore.knowledge.items import items_of
from botcore.messages import Message, Reply, User
from botcore.models.encoder import Remembering, TextEncoder
from botcore.nlu.understand import Trained, Understander
from botcore.skill import Watcher
from botcore.training.folder import TunedHeads
from botcore.turn import Knowing, TurnRunner

log = structlog.get_logger("botcore")
IN_MEMORY = "sqlite://"
WATCHDOG_S = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What one turn said, and what `botcore ask --json` shows of it."""

    replies: tuple[Reply, ...]
    language: str
    intent: str | None
    score: float
    commands: tuple[dict[str, Any], ...]
    handed_over: bool
    trace: str

    @property
    def text(self) -> str:
        """All replies' texts, one a line."""
        return "\n".join(reply.text for reply in self.replies)

    @property
    def buttons(self) -> tuple[str, ...]:
        """The labels offered."""
        return tuple(button.label for reply in self.replies for button in reply.choices)


class Bot:
    """One bot. `store` overrides the config's database URL; None for the config's own."""

    def __init__(self, gathered: Gathered, *, store: str | None = None, progress: Any = None) -> None:
        self.gathered = gathered.require_good()
        self.config = gathered.config
        self.metrics = Metrics()
        self.guard = Guard(redact=gathered.loaded.secrets.redact)
        self.encoder: TextEncoder | None = None
        self.index = Index((), None, False)
        self.trained = Trained()
        self._tuned: TunedHeads | None = None
        self.status = "loading"
        self._knowing: Knowing = gathered.knowing
        self._progress = progress
        self._url = store if store is not None else self.store_url(gathered)
        self.engine: Engine = SqliteEngine(self._url, self._options(), on_dead_letter=self._dead)
        self._host = BotHost(
            self.engine, self.config.bot, self.data_folder, self.metrics, self._watch, lambda: self._knowing.texts
        )
        self._ready = asyncio.Event()
        self._answered: dict[str, asyncio.Future[Outcome]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._passing: set[asyncio.Task[None]] = set()
        self._channels = Channels(self.engine, self.metrics, self._spawn)
        self._watchers = _watchers(gathered)
        self._runner: TurnRunner | None = None

    @property
    def url(self) -> str | None:
        """Where the HTTP server listens; None without a channel that needs one."""
        return self._channels.url

    @property
    def data_folder(self) -> Path | None:
        """Where secrets and caches lie: beside the database; None when the bot is in memory."""
        if self._url == IN_MEMORY:
            return None
        return Path(self._url.removeprefix("sqlite:///")).parent

    async def start(self, *, serve: bool = True) -> None:
        """Accept at once, answer as soon as the models are there. `serve=False`: no channels (ask, chat, tests)."""
        await self.engine.start(self._handle)
        try:
            if serve:
                await self._channels.open(self.gathered.plugins, self._host, self.health)
            await self._load()
        except BaseException:
            await self.stop(drain_s=0)
            raise
        self._spawn(self._watchdog(), "watchdog")
        if serve:
            self._spawn(Reloader(self).run(), "reload")
        log.info("ready", url=self.url, entries=len(self._knowing.repertoire.entries), model=self.config.models.encoder)

    async def stop(self, *, drain_s: float = 10) -> None:
        """Take no more, finish what runs, close everything."""
        self.status = "stopping"
        await self.engine.stop(drain_s=drain_s if self._ready.is_set() else 0)
        await self._channels.close()
        running = [*self._tasks, *self._passing]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._lifecycle("stop", self.gathered)
        if self.encoder is not None:
            await asyncio.to_thread(self.encoder.close)

    async def ask(self, text: str, *, user: str = "you", conversation: str = "", choice: str | None = None) -> Answer:
        """One turn through the whole pipeline: accepted, understood, answered, committed.

        Raises:
            NotReady: the journal cannot be written, or the message became a dead letter.
        """
        key = f"cli:{uuid.uuid4()}"
        future = self._answered[key] = asyncio.get_running_loop().create_future()
        name = conversation or f"cli:{user}"
        message = Message(key, "cli", name, User(user), text, datetime.now(UTC), choice)
        try:
            await self._host.accept(message)
            outcome = await future
        finally:
            del self._answered[key]
        return _answer(outcome)

    async def learn(self, gathered: Gathered) -> None:
        """Put new knowledge, texts and thresholds into force; messages under way finish with the old."""
        index, trained = await asyncio.to_thread(self._build, gathered)
        watchers, old = _watchers(gathered), self.gathered
        await self._lifecycle("start", gathered, but=old)
        self.gathered, self._knowing, self._watchers = gathered, gathered.knowing, watchers
        self.index, self.trained = index, trained
        await self._lifecycle("stop", old, but=gathered)

    async def health(self) -> dict[str, Any]:
        """What `/health` says."""
        journal = await self.engine.health()
        self.metrics.gauge("oldest_unprocessed_seconds", journal.oldest_unprocessed_s)
        self.metrics.gauge("dead_letters_kept", journal.dead_letters)
        status = self.status
        is_whole = journal.is_writable and not any(task.done() for task in self._tasks)
        if status == "stopping" or (status == "ready" and not is_whole):
            status = "degraded"
        return {
            "status": status,
            "journal": "ok" if journal.is_writable else "cannot write",
            "oldest_unprocessed_s": round(journal.oldest_unprocessed_s, 1),
            "waiting": journal.waiting,
            "undelivered": journal.undelivered,
            "dead_letters": journal.dead_letters,
        }

    async def _load(self) -> None:
        started = time.perf_counter()
        self.encoder = await asyncio.to_thread(self._load_encoder)
        self.index, self.trained = await asyncio.to_thread(self._build, self.gathered)
        understander = Understander(self.config.bot.languages, lambda: self.index, self.encoder, lambda: self.trained)
        self._runner = TurnRunner(understander, Dialogue(self.guard), lambda: self._knowing, self._channels)
        await self._lifecycle("start", self.gathered)
        self.status = "ready"
        self._ready.set()
        self.metrics.seconds("load_seconds", time.perf_counter() - started)

    def _load_encoder(self) -> TextEncoder | None:
        gathered = self.gathered
        models = self.config.models
        if self.config.nlu.model is not None and models.encoder != NO_ENCODER:  # its heads read its own encoder
            models = models.model_copy(update={"encoder": self.config.nlu.model})
            self._tuned = read_tuned(gathered)
        return load_encoders(models, gathered.model_store(), gathered.loaded.base, self._progress)

    def _build(self, gathered: Gathered) -> tuple[Index, Trained]:
        """What understanding reads: the index, and the heads."""
        repertoire = gathered.knowing.repertoire
        items = items_of(repertoire.entries.values(), repertoire.skills.values(), gathered.examples)
        encoder = Remembering(self.encoder) if self.encoder is not None else None
        index = Index.build(items, encoder, self._cache(), gathered.config.knowledge.own_names)
        made = make_heads(gathered, encoder, self.heads_folder(self.gathered), tuned=self._tuned, say=_training)
        return index, made.trained

    async def _handle(self, claim: Claim) -> None:
        """One claimed message: answered and committed."""
        await self._ready.wait()
        assert self._runner is not None  # noqa: S101  # set before ready
        started = time.perf_counter()
        self._channels.begin_thinking(claim.message)
        self._channels.begin_preview(claim.turn)
        try:
            outcome = await self._runner.run(claim)
            await self._channels.end_preview(claim.turn)
            is_first = await self.engine.commit(outcome)
        finally:
            self._channels.end_thinking(claim.message)
            await self._channels.end_preview(claim.turn)
        self.metrics.count("turns_total", labels={"channel": claim.message.channel})
        self.metrics.seconds("turn_seconds", time.perf_counter() - started)
        waiting = self._answered.get(claim.message.key)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)
        if is_first:
            self._report(outcome)

    def _report(self, outcome: Outcome) -> None:
        """Log the turn, and tell the watchers, without holding up the conversation."""
        facts = dict(outcome.events)
        decided = next(iter(_decisions(outcome)), {})
        for kind, body in outcome.events:
            if kind in ("plugin_failed", "turn_failed"):
                self.metrics.count(kind + "_total")
                log.warning(kind, turn=outcome.claim.turn, **body)
        log.info("turn", turn=outcome.claim.turn, channel=outcome.claim.message.channel, **decided)
        about = {"conversation": outcome.claim.message.conversation, "turn": outcome.claim.turn}
        if "handed_over" in facts:
            self._watch("handed over", {**about, **facts["handed_over"]})
        self._watch("turn finished", {**about, **decided})

    def _watch(self, event: str, facts: dict[str, Any]) -> None:
        """Tell the plugins that asked to hear of it, beside the turn."""
        for watcher in self._watchers:
            if watcher.event == event:
                work = partial(watcher.function, dict(facts))
                call = self.guard.call(watcher.plugin, work, what=f"{watcher.plugin}: {event}")
                self._spawn(quietly(call, f"watcher of {watcher.plugin}"), "watcher", is_passing=True)

    async def _lifecycle(self, when: str, of: Gathered, but: Gathered | None = None) -> None:
        """Run what plugins want to run at start or stop; those that are in `but` too have been started already."""
        running = [plugin.subject for plugin in but.plugins.loaded] if but else []
        for plugin, parts in of.plugins.gather("botcore_lifecycle"):
            for part in parts:
                if part.when == when and not any(plugin.subject is other for other in running):
                    call = self.guard.call(plugin.name, part.function, what=f"{plugin.name}: {when}", timeout_s=30)
                    await (call if when == "start" else quietly(call, f"{when} of {plugin.name}"))

    async def _watchdog(self) -> None:
        """Say so when something holds up the event loop, and name the plugin that was running."""
        while True:
            before, running = time.monotonic(), self.guard.running
            await asyncio.sleep(WATCHDOG_S)
            late_s = time.monotonic() - before - WATCHDOG_S
            if late_s > 1:
                culprit = self.guard.last or running or "unknown"
                log.warning("event_loop_blocked", seconds=round(late_s, 1), plugin=culprit)
                self.metrics.count("event_loop_blocked_total")

    def _spawn(self, work: Any, name: str, *, is_passing: bool = False) -> asyncio.Task[None]:
        """Run beside. Passing work may end; other work that ends makes the bot degraded."""
        task = asyncio.create_task(work, name=name)
        if is_passing:
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)
        else:
            self._tasks.append(task)
        return task

    def _dead(self, letter: DeadLetter) -> None:
        self.metrics.count("dead_letters_total")
        waiting = self._answered.get(letter.key)
        if waiting is not None and not waiting.done():
            waiting.set_exception(NotReady(letter.error, fix=f"It is dead letter {letter.id}."))
        log.error(
            "dead_letter", id=letter.id, source=letter.source, conversation=letter.conversation, error=letter.error
        )

    @staticmethod
    def store_url(gathered: Gathered) -> str:
        """The config's store with its path made absolute from the config's folder."""
        path = gathered.config.store.removeprefix("sqlite://").removeprefix("/")
        if not path or path == ":memory:":
            return IN_MEMORY
        return f"sqlite:///{(gathered.loaded.base / path).absolute()}"

    def _cache(self) -> Path | None:
        """Where vectors are kept."""
        folder = self.heads_folder(self.gathered)
        return None if folder is None else folder / "vectors.npz"

    @staticmethod
    def heads_folder(gathered: Gathered) -> Path | None:
        """Where heads and vectors are kept: beside the config's store, also for a bot with its journal in memory."""
        url = Bot.store_url(gathered)
        return None if url == IN_MEMORY else Path(url.removeprefix("sqlite:///")).parent / "cache"

    def _options(self) -> Options:
        kept = self.config.retention
        return Options(keep_keys_days=kept.messages, keep_events_days=kept.conversations)


def _training(what: str) -> None:
    log.info("training", what=what)


def _watchers(gathered: Gathered) -> list[Watcher]:
    return [watcher for _plugin, found in gathered.plugins.gather("botcore_watchers") for watcher in found]


def _answer(outcome: Outcome) -> Answer:
    facts: dict[str, Any] = dict(outcome.events)
    understood, decisions = facts.get("understood", {}), _decisions(outcome)
    decided = decisions[0] if decisions else {}
    matches = understood.get("matches") or [{}]
    return Answer(
        replies=outcome.replies,
        language=str(outcome.state.get("language", "")),
        intent=decided.get("target") or matches[0].get("id"),
        score=float(decided.get("score", 0.0)),
        commands=decisions,
        handed_over=bool(outcome.state.get("handed_over", False)),
        trace=outcome.claim.turn,
    )


def _decisions(outcome: Outcome) -> tuple[dict[str, Any], ...]:
    """The commands of a turn as the trace keeps them, one for each wish, in their order."""
    return tuple(dict(body) for kind, body in outcome.events if kind == "decided")
