"""Every option, of the file and of each component: text has a form, numbers have bounds, switches are no numbers."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from homelab.catalog.apps.own.settings import Settings as OwnApp
from homelab.catalog.providers import catalog
from homelab.spec.forms import RESOLVED, RULED
from homelab.spec.homelab import Homelab
from homelab.spec.section import Section


def sections(model: type[Section], seen: set[type[Section]]) -> Iterator[type[Section]]:
    """A section and every section below it, each once."""
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for annotation, _ in leaves(field.annotation, ()):
            if isinstance(annotation, type) and issubclass(annotation, Section):
                yield from sections(annotation, seen)


def leaves(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The plain types in an annotation, each with what is said about it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from leaves(inner[0], (*metadata, *annotation.__metadata__))
    elif origin in {Union, UnionType}:
        for each in inner:
            yield from leaves(each, metadata)
    elif origin is Literal:
        return
    elif inner:  # what is said of a container is not said of what stands in it
        for each in inner:
            yield from leaves(each, ())
    elif annotation is not Ellipsis:
        yield annotation, metadata


def said(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


def options() -> dict[str, tuple[Any, list[Any]]]:
    seen: set[type[Section]] = set()
    models = [m for root in (Homelab, OwnApp, *(c.settings for c in catalog())) for m in sections(root, seen)]
    return {
        f"{model.__module__.removeprefix('homelab.')}.{model.__qualname__}.{name} {number}": (
            leaf,
            list(said(metadata)),
        )
        for model in models
        for name, field in model.model_fields.items()
        for number, (leaf, metadata) in enumerate(leaves(field.annotation, tuple(field.metadata)))
    }


OPTIONS = options()


@pytest.mark.parametrize("option", [name for name, (leaf, _) in OPTIONS.items() if leaf is str])
def test_text_has_a_form(option):
    """No option is bare text: it has a pattern or a form, a rule judges it, or it is a name that is looked up."""
    _, metadata = OPTIONS[option]
    marks = {RULED, RESOLVED} & {item for item in metadata if isinstance(item, str)}
    pattern = any(getattr(item, "pattern", None) for item in metadata)
    assert marks or pattern or any(isinstance(item, AfterValidator) for item in metadata)


@pytest.mark.parametrize("option", [name for name, (leaf, _) in OPTIONS.items() if leaf in {int, float}])
def test_number_has_bounds(option):
    """Every number has a least and a largest value."""
    _, metadata = OPTIONS[option]
    assert any(isinstance(item, (Ge, Gt, Interval)) for item in metadata)
    assert any(isinstance(item, (Le, Lt, Interval)) for item in metadata)


def test_options_are_found():
    """The audits above see the options they are about."""
    assert {leaf for leaf, _ in OPTIONS.values()} >= {str, int, float, bool}
    assert len(OPTIONS) > 150
