"""JSON from strangers: what is odd is refused with a stable code, never with a traceback."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from botcore import BadInput

MAX_DIGITS = 18


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; {} for an empty body.

    Raises:
        BadInput: not UTF-8, not JSON, nested too deep, a key twice, NaN, a number too long, or no object.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise BadInput("bad_encoding", "The body is not UTF-8.") from error
    except RecursionError as error:
        raise BadInput("too_deep", "The JSON is nested too deep.") from error
    except json.JSONDecodeError as error:
        raise BadInput("bad_json", f"The body is not JSON (line {error.lineno}, column {error.colno}).") from error
    if not isinstance(value, dict):
        raise BadInput("bad_json", "The body must be a JSON object.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadInput("duplicate_key", "A key appears twice.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadInput("bad_number", "A number has too many digits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadInput("bad_number", "A number is out of range.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput("bad_number", f"{name} is not allowed in JSON.")
