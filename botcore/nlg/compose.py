"""Step 7: acts in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from botcore.messages import Act, Button, Quote, Reply, Say
from botcore.nlg.texts import Texts
from botcore.text import storable


def compose(acts: Sequence[Act], texts: Texts, language: str) -> tuple[Reply, ...]:
    """One reply an act: a template filled, an approved answer word for word, or a skill's own reply.

    What no store or platform takes (lone surrogates, control characters) is gone from the words.
    """
    return tuple(_storable(_word(act, texts, language)) for act in acts)


def _storable(reply: Reply) -> Reply:
    buttons = tuple(Button(storable(button.label), button.value) for button in reply.buttons)
    return replace(reply, text=storable(reply.text), buttons=buttons)


def _word(act: Act, texts: Texts, language: str) -> Reply:
    if isinstance(act, Quote):
        answer, spoken = _answer(act, language)
        return Reply(answer, source=act.entry.id, language=spoken)
    if isinstance(act, Say):
        buttons = tuple(Button(texts.say(b.label, language), b.value) if b.label in texts else b for b in act.buttons)
        return Reply(texts.say(act.key, language, act.values), buttons, language=language)
    return act if act.language else Reply(act.text, act.buttons, act.source, language)


def _answer(act: Quote, language: str) -> tuple[str, str]:
    """The answer in the user's language, else in the first one that there is."""
    answers = act.entry.answer
    if language in answers:
        return answers[language], language
    spoken = next(iter(answers))
    return answers[spoken], spoken
