"""Label selectors as Kubernetes matches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Labels = Mapping[str, str]


def matches(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a LabelSelector (`matchLabels`, `matchExpressions`) selects these labels.

    A null selector selects nothing, an empty one everything (Kubernetes API conventions, LabelSelector).
    """
    if selector is None:
        return False
    equal = selector.get("matchLabels") or {}
    if any(labels.get(key) != str(value) for key, value in equal.items()):
        return False
    return all(_expression(entry, labels) for entry in selector.get("matchExpressions") or ())


def _expression(entry: Mapping[str, Any], labels: Labels) -> bool:
    key, values = str(entry.get("key", "")), [str(value) for value in entry.get("values") or ()]
    match entry.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def selects(equal: Labels | None, labels: Labels) -> bool:
    """Whether a Service's selector (plain equality) selects these labels; an empty one selects nothing."""
    return bool(equal) and all(labels.get(key) == str(value) for key, value in (equal or {}).items())
