"""Step 7: acts in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from botcore.messages import (
    HAND_OVER,
    Act,
    Button,
    Card,
    Carousel,
    Content,
    Fact,
    File,
    Image,
    Quote,
    Reply,
    Say,
)
from botcore.nlg.texts import Texts
from botcore.text import storable


def compose(acts: Sequence[Act], texts: Texts, language: str) -> tuple[Reply, ...]:
    """One reply an act: a template filled, an approved answer word for word, or a skill's own reply.

    What no store or platform takes (lone surrogates, control characters) is gone from the words.
    """
    return tuple(_storable(_word(act, texts, language)) for act in acts)


def _storable(reply: Reply) -> Reply:
    content = tuple(map(_storable_part, reply.content))
    return replace(reply, text=storable(reply.text), buttons=_storable_buttons(reply.buttons), content=content)


def _storable_buttons(buttons: Sequence[Button]) -> tuple[Button, ...]:
    return tuple(replace(button, label=storable(button.label)) for button in buttons)


def _storable_part(part: Content) -> Content:
    match part:
        case Image(source, alt):
            return Image(source, storable(alt))
        case File(source, name):
            return File(source, storable(name))
        case Carousel(cards):
            return Carousel(tuple(map(_storable_card, cards)))
        case _:
            return _storable_card(part)


def _storable_card(card: Card) -> Card:
    return Card(
        title=storable(card.title),
        text=storable(card.text),
        image=Image(card.image.source, storable(card.image.alt)) if card.image else None,
        facts=tuple(Fact(storable(fact.label), storable(fact.value)) for fact in card.facts),
        buttons=_storable_buttons(card.buttons),
    )


def _word(act: Act, texts: Texts, language: str) -> Reply:
    if isinstance(act, Quote):
        answer, spoken = _answer(act, language)
        return Reply(answer, source=act.entry.id, language=spoken, hand_over=HAND_OVER in act.entry.tags)
    if isinstance(act, Say):
        buttons = tuple(Button(texts.say(b.label, language), b.value) if b.label in texts else b for b in act.buttons)
        said = texts.say(act.key, language, act.values)
        return Reply(said, buttons, language=language, hand_over=act.key == "handed_over")
    return act if act.language else replace(act, language=language)


def _answer(act: Quote, language: str) -> tuple[str, str]:
    """The answer in the user's language, else in the first one that there is."""
    answers = act.entry.answer
    if language in answers:
        return answers[language], language
    spoken = next(iter(answers))
    return answers[spoken], spoken
