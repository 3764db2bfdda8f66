"""Fits: what of an object the API server refuses or drops, as far as its schema is at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from homelab.kube.admission.served import minor
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.schemas.core import known_minors
from homelab.kube.schemas.error import SchemaError
from homelab.kube.schemas.validate import Schemas
from homelab.kube.shape import AMOUNTS, misshapen

FILLED_IN = ("${", "{{", "<path:", "ref+", "ENC[")
"""Signs of a value that somebody else writes before it is applied."""
NOT_JUDGED = frozenset({"CustomResourceDefinition"})
"""Kinds that are generated, and large."""
UNKNOWN = "unknown field "
ODD = (AttributeError, TypeError, KeyError, ValueError, IndexError, RecursionError)
"""What a CRD raises whose fields are of other types than they should be."""


def misfits(inventory: Inventory) -> Iterator[tuple[Resource, tuple[SchemaError, ...]]]:
    """Objects of the repository's own files with what does not fit their schema; kinds without one are passed over.

    Objects of charts and operators are not judged: of them only what judgement looks at is known.
    """
    schemas = inventory.once("schemas", lambda: _schemas(inventory))
    if schemas is None:
        return
    exact = minor(inventory) is None or schemas.core.exact
    refused = frozenset(map(id, inventory.refused))
    for resource in (*inventory.resources, *inventory.refused):
        if resource.origin.maker != "file" or resource.kind in NOT_JUDGED or "sops" in resource.body:
            continue
        found = [error for error in _judged(schemas, resource) if not _filled_in(resource, error)]
        if not exact:
            found = [error for error in found if not error.message.startswith(UNKNOWN)]
        if not found and id(resource) in refused:
            found = [*_amounts(resource)]
        if found:
            yield resource, tuple(found)


def _judged(schemas: Schemas, resource: Resource) -> list[SchemaError]:
    """What does not fit; nothing where the schema itself is none."""
    from jsonschema_rs import ValidationError

    try:
        return schemas.validate(resource.body) or []
    except (ValidationError, *ODD):
        return []


def _amounts(resource: Resource) -> Iterator[SchemaError]:
    """A quantity that is none (`100mm`): a schema takes any text for one, and decoding does not."""
    wrong = misshapen(resource.body)
    if wrong and AMOUNTS in wrong[1]:
        yield SchemaError(tuple(wrong[0].split(".")), f"expected {AMOUNTS}")


def _schemas(inventory: Inventory) -> Schemas | None:
    """The kinds of the lab's Kubernetes, the newest where nobody says which, and those that its own CRDs declare."""
    minors = known_minors()
    if not minors:
        return None
    found = Schemas(f"1.{minor(inventory) or minors[-1]}")
    for crd in inventory.of("CustomResourceDefinition"):
        if crd.origin.maker == "file" and _says(crd):
            with suppress(*ODD):
                found = found.with_crds([crd.body])
    return found


def _says(crd: Resource) -> bool:
    """Whether a CRD says which fields there are; one that names none is a sketch of it, and drops all of them."""
    path = ["schema", "openAPIV3Schema", "properties"]
    return all(dig(version, path) for version in crd.get("spec.versions", []))


def _filled_in(resource: Resource, error: SchemaError) -> bool:
    """Whether a value is written by somebody else later, or an object as a whole could not be judged."""
    if error.message.startswith("cannot be judged"):
        return True
    value: Any = dig(resource.body, [str(step) for step in error.path])
    return _template(value) or any(map(_template, error.path))


def _template(value: Any) -> bool:
    if isinstance(value, Mapping):
        return False
    return isinstance(value, str) and any(sign in value for sign in FILLED_IN)
