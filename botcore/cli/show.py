"""Replies in a terminal, and as the JSON that scripts rely on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import typer

from botcore.messages import Button, Card, Carousel, Content, File, Image, Reply


def show_reply(reply: Reply, numbered: dict[str, str]) -> None:
    """Print a reply; each button that comes back gets the next number, and its value goes into `numbered`."""
    source = typer.style(f"  [{reply.source}]", dim=True) if reply.source else ""
    if reply.text or source:
        typer.echo(reply.text + source)
    for part in reply.content:
        _show_part(part, numbered)
    _show_buttons(reply.buttons, numbered)


def reply_json(reply: Reply) -> dict[str, Any]:
    """The shape of a reply in `botcore ask --json`: `content`, and the `url` of a button, only where there is one."""
    buttons = [{name: value for name, value in asdict(button).items() if value is not None} for button in reply.buttons]
    shown: dict[str, Any] = {"text": reply.text, "buttons": buttons, "source": reply.source}
    if reply.content:
        shown["content"] = [{"kind": type(part).__name__.lower(), **asdict(part)} for part in reply.content]
    return shown


def _show_part(part: Content, numbered: dict[str, str]) -> None:
    match part:
        case Carousel(cards):
            for card in cards:
                _show_part(card, numbered)
        case Card():
            for line in _card_lines(part):
                typer.echo(line)
            _show_buttons(part.buttons, numbered)
        case Image(source, alt):
            typer.echo(f"  [{alt}] {source}".replace("[] ", ""))
        case File():
            typer.echo(f"  [{part.shown_name}] {part.source}")


def _card_lines(card: Card) -> Iterator[str]:
    yield typer.style(f"  {card.title}", bold=True)
    if card.text:
        yield f"  {card.text}"
    for fact in card.facts:
        yield f"  {fact.label}: {fact.value}"
    if card.image:
        yield f"  {card.image.source}"


def _show_buttons(buttons: tuple[Button, ...], numbered: dict[str, str]) -> None:
    for button in buttons:
        if button.url is not None:
            typer.echo(typer.style(f"  {button.label}: {button.url}", fg="cyan"))
            continue
        number = str(len(numbered) + 1)
        numbered[number] = button.value
        typer.echo(typer.style(f"  {number}. {button.label}", fg="cyan"))
