"""What pydantic says, in sentences of ours: short, exact, with the value, what was expected and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from homelab.documents.duration import format_duration
from homelab.documents.quantity import format_bytes
from homelab.spec.option import child, joined
from homelab.spec.secrets import looks_secret
from homelab.spec.source import Problem
from homelab.spec.units import unit_of
from homelab.spec.words import lowered, near, show

_WORDS = {
    "string_type": "text; put it in quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
    "multiple_of": "a whole number",
}
_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
PATTERNS = {
    r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$": "a DNS label: lower-case letters, digits and '-', at most 63",
    r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$": "a DNS name such as example.org",
    r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$": "a hardware address such as bc:24:11:00:00:01",
    r"^1\.\d+\.\d+$": "a full version such as 1.35.2",
    r"^(https://|ssh://|git@)\S+$": "a repository URL that begins with https://, ssh:// or git@",
    r"^(\S+\s+){4}\S+$": "five cron fields such as '0 2 * * *'",
    r"^(\d{4}-\d{2}-\d{2})?$": "a date such as 2027-01-31",
}
"""What each pattern of the model means to a person."""


def problems(error: ValidationError, model: type[BaseModel], data: Any, prefix: str = "") -> Iterator[Problem]:
    """Every problem in a ValidationError of `model`, with option paths below `prefix`; `data` is what was validated."""
    alternatives: dict[str, list[str]] = {}
    found: dict[str, Problem] = {}
    for item in _causes(error.errors(include_url=False)):
        path = existing(item["loc"], data, lenient=item["type"] in {"missing", "extra_forbidden"})
        option = ".".join(part for part in (prefix, joined(path)) if part)
        if item["type"] == "extra_forbidden":
            yield _unknown(option, str(path[-1]), model_at(model, path[:-1]))
            continue
        expected = _expected(item, field_at(model, path))
        if expected and option in found:  # another branch of a union
            alternatives[option].append(expected)
        alternatives.setdefault(option, [expected] if expected else [])
        found.setdefault(option, _problem(item, option, field_at(model, path)))
    for option, problem in found.items():
        several = list(dict.fromkeys(alternatives[option]))
        head, _, _ = problem.message.partition(", expected ")
        yield problem._replace(message=f"{head}, expected {' or '.join(several)}") if len(several) > 1 else problem


def _causes(items: list[Any]) -> Iterator[Any]:
    """The errors without those that only follow: a list is not too short because something in it is wrong."""
    for item in items:
        inside = any(len(o["loc"]) > len(item["loc"]) and o["loc"][: len(item["loc"])] == item["loc"] for o in items)
        if not (item["type"] == "too_short" and inside):
            yield item


def field_at(model: type[BaseModel], path: tuple[str | int, ...]) -> FieldInfo | None:
    """The field of a model that a path ends at; None below free-form values and for keys of mappings."""
    inside = model_at(model, path[:-1]) if path else None
    return inside.model_fields.get(str(path[-1])) if inside else None


def model_at(model: type[BaseModel] | None, path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that stands at a path of `model`, None where there is none."""
    at: Any = model
    for step in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            info = at.model_fields.get(str(step))
            at = info.annotation if info else None
        else:
            at = next((arg for arg in reversed(get_args(at)) if arg is not Ellipsis), None)
        at = _inner(at)
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """The model or container inside an Optional or a union."""
    options = [arg for arg in get_args(annotation) if arg is not type(None)]
    if type(None) in get_args(annotation) and len(options) == 1:
        return options[0]
    return (
        next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), annotation)
        if _union(annotation)
        else annotation
    )


def _union(annotation: Any) -> bool:
    from types import UnionType
    from typing import Union, get_origin

    return get_origin(annotation) in {Union, UnionType}


def existing(loc: tuple[int | str, ...], data: Any, *, lenient: bool) -> tuple[str | int, ...]:
    """A location without the steps that pydantic adds (branches of unions, `[key]`)."""
    path: list[str | int] = []
    at = data
    for number, step in enumerate(loc):
        if (isinstance(at, dict) and step in at) or (isinstance(at, list) and child(at, step) is not None):
            at = child(at, step)
        elif not (lenient and number == len(loc) - 1):
            continue
        path.append(step)
    return tuple(path)


def _unknown(option: str, key: str, model: type[BaseModel] | None) -> Problem:
    known = model.model_fields if model else {}
    hint = near(key, known, otherwise=lambda words: f"known here: {', '.join(words)}")
    return Problem(option, "is not an option", hint, at_key=True)


def _problem(item: Any, option: str, field: FieldInfo | None) -> Problem:
    about = (field.description or "").strip().split("\n")[0] if field else ""
    about = about if about.count(" ") > 1 else ""  # `Memory.` says nothing that the option's name does not
    if item["type"] == "missing":
        return Problem(option, "is missing", about or None, at_key=True)
    if item["loc"] and item["loc"][-1] == "[key]":
        message = f"{show(item['input'])} is not a name here, expected {_expected(item) or 'text'}"
        return Problem(option, message, _nearest(item), at_key=True)
    if item["type"] in {"value_error", "assertion_error"} and not _expected(item):
        return Problem(option, _plain(item, option), about or None)
    expected = _expected(item, field)
    if expected:
        hint = _nearest(item)
        return Problem(option, f"is {show(item['input'])}, expected {expected}", hint or about or None)
    return Problem(option, f"is {show(item['input'])}: {lowered(item['msg'])}", about or None)


def _plain(item: Any, option: str) -> str:
    """The sentence of a validator of ours; it already names the value."""
    text = str(item.get("ctx", {}).get("error", item["msg"]))
    secret = isinstance(item["input"], str) and looks_secret(item["input"])
    return f"{option.rpartition('.')[2]} holds a value that looks like a secret" if secret else text


def _nearest(item: Any) -> str | None:
    """The nearest right word, where the type knows the words."""
    if item["type"] in {"enum", "literal_error"}:
        return near(str(item["input"]), _choices(item))
    return getattr(item.get("ctx", {}).get("error"), "hint", None)


def _choices(item: Any) -> list[str]:
    return [word.strip("' ") for part in item["ctx"]["expected"].split(",") for word in part.split(" or ")]


def _expected(item: Any, field: FieldInfo | None = None) -> str:
    """What was expected, as the end of `is X, expected …`; empty where only the validator knows."""
    kind, context = item["type"], item.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"{word} {_bound(context[key], field)}"
    if kind in {"enum", "literal_error"}:
        choices = _choices(item)
        return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    return _expected_text(kind, context, text=isinstance(item["input"], str))


def _bound(bound: float, field: FieldInfo | None) -> str:
    """A bound in the unit of its field: sizes and durations as people write them, numbers digit for digit."""
    unit = unit_of((field.annotation, *field.metadata)) if field else ""
    if unit == "size":
        return format_bytes(int(bound))
    if unit == "duration":
        return format_duration(bound)
    return str(int(bound)) if bound == int(bound) else f"{bound:g}"


def _expected_text(kind: str, context: dict[str, Any], *, text: bool) -> str:
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"text that matches {context['pattern']}")
    if kind in {"too_short", "string_too_short", "too_long", "string_too_long"}:
        word, bound = ("at least", context.get("min_length")) if "short" in kind else ("at most", context["max_length"])
        noun = "character" if text else "entr"
        ending = {"character": ("", "s"), "entr": ("y", "ies")}[noun][bound != 1]
        return f"{word} {bound} {noun}{ending}"
    if kind == "value_error" and str(context.get("error", "")).startswith("expected "):
        return str(context["error"]).removeprefix("expected ")
    return ""
