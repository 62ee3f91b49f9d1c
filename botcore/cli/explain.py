"""explain: why a message is understood as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, gather_good, print_json

if TYPE_CHECKING:
    from botcore.app.explain import Explanation


LEAST_HEARD = 0.1


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(explain)


def explain(
    text: Annotated[str, typer.Argument(help="The message.")],
    config: ConfigOption = DEFAULT_CONFIG,
    intent: Annotated[str | None, typer.Option(help="Explain this candidate instead of the best one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Why is a message understood as it is? Characters that tell, nearest examples, scores, entities, cues."""
    found = asyncio.run(_explain(config, text, intent))
    if as_json:
        print_json(found.plain())
    else:
        _show(found)


async def _explain(config: Path, text: str, intent: str | None) -> Explanation:
    from botcore.app import Bot
    from botcore.app import explain as explaining
    from botcore.app.bot import IN_MEMORY
    from botcore.models.sources import progress_bar

    with progress_bar("model") as progress:
        bot = Bot(gather_good(config, log_level="error"), store=IN_MEMORY, progress=progress)
        await bot.start(serve=False)
    try:
        return await explaining.explain(bot, text, intent)
    finally:
        await bot.stop()


def _show(found: Explanation) -> None:
    read = found.understanding
    typer.echo(f"{_shaded(found.text, found.characters)}")
    typer.echo(f"intent    {found.intent or 'none'}   language {read.language} ({read.script})  {' '.join(read.flags)}")
    for number, score in enumerate(found.scores):
        before = f"  head {score['head_before']:.2f} -> {score['head_after']:.2f}" if "head_before" in score else ""
        typer.echo(
            f"{'scores' if number == 0 else '':9} {score['score']:.3f} {score['id']}{before}  “{score['phrasing']}”"
        )
    known = {score["id"] for score in found.scores}
    heard = [f"{intent} {share:.2f}" for intent, share in found.heard if intent not in known and share >= LEAST_HEARD]
    if heard:
        typer.echo(f"heard     {', '.join(heard)}")
    for number, (text, intent, cosine) in enumerate(found.nearest):
        typer.echo(f"{'nearest' if number == 0 else '':9} {cosine:.3f} {intent}  “{text}”")
    telling = sorted(found.characters, key=lambda one: -one[2])[:5]
    if telling:
        shown = ", ".join(f"{found.text[start:end]!r} {share:+.3f}" for start, end, share in telling)
        typer.echo(f"tells     {shown}")
        most, least = found.deletion["fall_without_most_telling"], found.deletion["fall_without_least_telling"]
        typer.echo(
            f"check     without the most telling third {-most:+.3f}, without the least telling third {-least:+.3f}"
        )
    for entity in read.entities:
        typer.echo(
            f"entity    {entity.kind} {entity.text!r} = {entity.value}  [{entity.start}:{entity.end}] {entity.by}"
        )
    for cue in read.cues:
        typer.echo(f"cue       {cue.name} {cue.score:.2f} {found.text[cue.start : cue.end]!r} {cue.by}")


def _shaded(text: str, characters: Sequence[tuple[int, int, float]]) -> str:
    """The message with what speaks for the intent in green and what speaks against it in red, where a terminal is."""
    most = max((abs(share) for _, _, share in characters), default=0.0)
    shares = {place: share for start, end, share in characters for place in range(start, end)}
    if not most:
        return text
    parts = []
    for place, one in enumerate(text):
        share = shares.get(place, 0.0) / most
        colour = "green" if share > 0 else "red"
        parts.append(typer.style(one, fg=colour, bold=abs(share) > 0.5) if abs(share) > 0.2 else one)
    return "".join(parts)
