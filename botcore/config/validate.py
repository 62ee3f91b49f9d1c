"""Values against a pydantic model, with mistakes told as `file:line:column: what. mend`."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from botcore.config.yaml_source import Document, KeyPath

M = TypeVar("M", bound=BaseModel)
LONGEST_SHOWN = 60


def validate(
    model: type[M], value: Any, document: Document, at: KeyPath = (), hidden: Collection[KeyPath] = ()
) -> M | None:
    """`value` (found at path `at` of `document`) as `model`; None when mistakes went into `document.problems`.

    Values whose path is in `hidden` (secrets) are not shown in the text of a mistake.
    """
    if value is None:
        value = {}
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        for error in wrong.errors():
            _report(model, document, at, error, hidden)
        return None


def without_mistakes(model: type[M], value: Any) -> M | None:
    """`value` as `model` with what is wrong left out; None when nothing can be left."""
    while isinstance(value, dict):
        try:
            return model.model_validate(value)
        except ValidationError as wrong:
            less = _less(value, [error["loc"] for error in wrong.errors()])
            if less == value:
                return None
            value = less
    return None


def _less(value: dict[str, Any], wrong: Collection[tuple[str | int, ...]]) -> dict[str, Any]:
    """A copy without the mappings' entries in which the mistakes at `wrong` are; a list goes whole."""
    rest = dict(value)
    for key in {loc[0] for loc in wrong if loc and loc[0] in value}:
        inner = [loc[1:] for loc in wrong if loc[0] == key]
        is_below = isinstance(value[key], dict) and all(loc and loc[0] in value[key] for loc in inner)
        if is_below:
            rest[str(key)] = _less(value[key], inner)
        else:
            del rest[str(key)]
    return rest


def did_you_mean(word: str, known: Collection[str]) -> str:
    """'Did you mean x?', or the known words when nothing is near and they are few."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known: {', '.join(sorted(known))}." if 0 < len(known) <= 20 else ""


def _report(model: type[BaseModel], document: Document, at: KeyPath, error: Any, hidden: Collection[KeyPath]) -> None:
    inner = _path_in_file(document, at, error["loc"])
    path = (*at, *inner)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        fields = _fields_at(model, inner[:-1])
        what = f"unknown key {inner[-1]!r}."
        document.problems.append(document.problem(path, what, did_you_mean(str(inner[-1]), fields), of_key=True))
        return
    if kind == "missing":
        what = f"{inner[-1]!r} is missing."
        document.problems.append(document.problem(path[:-1], what, f"Add `{inner[-1]}:`."))
        return
    if path in hidden and document.has_error(path):
        return  # its reference could not be looked up, which was said
    shown = _shown(error.get("input"), path in hidden)
    name = ".".join(map(str, path)) or "the file"
    what, fix = _explain(kind, error["msg"], context, shown, error.get("input"))
    if path in hidden and error.get("input"):
        what = what.replace(str(error["input"]), "***")
    document.problems.append(document.problem(path, f"{name}: {what}", fix, of_key="[key]" in error["loc"]))


def _path_in_file(document: Document, at: KeyPath, loc: tuple[str | int, ...]) -> KeyPath:
    """Pydantic's path without what is not in the file: names of union members, and '[key]' of a mapping's bad key."""
    path: KeyPath = ()
    for i, part in enumerate(loc):
        if part == "[key]" or (i < len(loc) - 1 and (*at, *path, part) not in document.places):
            continue
        is_last = i == len(loc) - 1
        if is_last and path and (*at, *path, part) not in document.places and not _is_field(part):
            continue
        path = (*path, part)
    return path


def _is_field(part: str | int) -> bool:
    return isinstance(part, str) and part.isidentifier() and part not in ("str", "int", "bool", "float", "dict", "list")


def _shown(value: Any, is_hidden: bool) -> str:
    if is_hidden:
        return "***"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value)
    return repr(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…")


def _explain(kind: str, message: str, context: dict[str, Any], shown: str, value: Any) -> tuple[str, str]:
    """What was found and the mend, in an admin's words."""
    if kind == "value_error":
        what, _, fix = str(context.get("error", message)).partition("; ")
        return what.rstrip(".") + ".", (fix[:1].upper() + fix[1:].rstrip(".") + ".") if fix else ""
    if kind == "literal_error":
        allowed = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.6)
        guess = f"Did you mean {near[0]!r}? " if near else ""
        return f"{shown} is not allowed.", f"{guess}One of: {', '.join(allowed)}."
    expected = {
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "float_parsing": "a number",
        "float_type": "a number",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "string_type": "a text",
        "list_type": "a list, such as [a, b]",
        "dict_type": "a mapping of `key: value`",
        "model_type": "a mapping of `key: value`",
        "model_attributes_type": "a mapping of `key: value`",
    }.get(kind)
    if expected:
        return f"{shown} was found.", f"Write {expected}."
    if kind == "too_short" and context.get("field_type") == "List":
        return "the list is empty.", f"Name at least {context['min_length']}."
    bounds = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
    if kind in bounds:
        word = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}[bounds[kind]]
        return f"{shown} is out of range.", f"It is {word} {context[bounds[kind]]}."
    return f"{shown}: {message[:1].lower()}{message[1:]}.", ""


def _fields_at(model: Any, path: KeyPath) -> list[str]:
    """The keys that the model allows at `path`; empty where any key goes."""
    for part in path:
        model = _step(model, part)
    model = _model_in(model)
    return list(model.model_fields) if model is not None else []


def _step(annotation: Any, part: str | int) -> Any:
    model = _model_in(annotation)
    if model is not None:
        field = model.model_fields.get(str(part))
        return field.annotation if field else None
    for option in _options(annotation):
        arguments = typing.get_args(option)
        if typing.get_origin(option) in (dict, list) and arguments:
            return arguments[-1]
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _options(typing.get_args(annotation)[0])
    return typing.get_args(annotation) if origin in (typing.Union, types.UnionType) else (annotation,)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None
