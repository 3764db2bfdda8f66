"""Section: one part of homelab.yaml as a frozen model that knows its own option path and, when asked, who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationInfo, field_validator, model_validator

_reads: ContextVar[set[str] | None] = ContextVar("reads", default=None)


class Section(BaseModel):
    """A typed part of homelab.yaml: unknown keys are mistakes, values never change, every field has a docstring.

    Types are strict: `true` is no number, `"3"` neither, and `1` is no switch.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True, strict=True
    )

    _path: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, data: Any) -> Any:
        """A key with nothing behind it, as when all below is commented out, means its default."""
        if not isinstance(data, dict) or None not in data.values():
            return data
        return {key: value for key, value in data.items() if value is not None or not _defaults(cls, key)}

    @field_validator("*", mode="before")
    @classmethod
    def _list_is_tuple(cls, value: Any, info: ValidationInfo) -> Any:
        """Lists of the file become the tuples of the model: what is strict about a list is what stands in it."""
        field = cls.model_fields.get(info.field_name or "")
        return _tuples(value) if field and _holds_tuple(field.annotation) else value

    def __getattribute__(self, name: str) -> Any:
        """The attribute; while `reading()` is on, the option path of every field read is noted."""
        value = super().__getattribute__(name)
        if name[0] != "_" and (log := _reads.get()) is not None and name in type(self).model_fields:
            log.add(f"{self._path}.{name}" if self._path else name)
        return value


def _holds_tuple(annotation: Any) -> bool:
    """Whether a tuple stands somewhere in an annotation, outside of the models in it."""
    return get_origin(annotation) is tuple or any(map(_holds_tuple, get_args(annotation)))


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _defaults(model: type[Section], key: str) -> bool:
    """Whether a field has a default that is not written as nothing itself."""
    field = model.model_fields.get(key)
    return bool(field and not field.is_required() and type(None) not in get_args(field.annotation))


@contextmanager
def reading() -> Iterator[set[str]]:
    """The option paths that are read inside the block: what an object was made from. A block around it hears of them too."""
    log: set[str] = set()
    outer = _reads.get()
    token = _reads.set(log)
    try:
        yield log
    finally:
        _reads.reset(token)
        if outer is not None:
            outer |= log


def settle(section: Section, path: str) -> None:
    """Tell a section and everything below it the option path it stands at."""
    section._path = path  # noqa: SLF001 - settled once, after validation; not an option
    for name in type(section).model_fields:
        _settle_value(section.__dict__[name], f"{path}.{name}" if path else name)


def _settle_value(value: Any, path: str) -> None:
    if isinstance(value, Section):
        settle(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            _settle_value(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _settle_value(item, f"{path}.{index}")
