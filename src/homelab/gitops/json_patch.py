"""JSON 6902 operations, in place."""

from __future__ import annotations

from typing import Any

from homelab.gitops.fields import copied

MISSING = object()


def apply(body: Any, operation: Any) -> str | None:
    """Apply one operation to an object; what is wrong with it, if it cannot be applied."""
    if not isinstance(operation, dict):
        return "an operation of the patch is not a table"
    action, path = operation.get("op"), str(operation.get("path", ""))
    found = _at(body, path)
    if action in {"copy", "move"}:
        value = _at(body, str(operation.get("from", "")))
        if action == "move" and value is not MISSING:
            _remove(body, str(operation.get("from", "")))
    else:
        value = operation.get("value")
    if action == "test":
        return None if found == value else f"the patch expects {value!r} at {path}"
    if action == "remove":
        done = _remove(body, path)
    elif action in {"add", "replace", "copy", "move"}:
        there = action != "replace" or found is not MISSING
        done = there and value is not MISSING and _put(body, path, copied(value), insert=action != "replace")
    else:
        return f"the patch's operation {action!r} is none"
    return None if done else f"the patch cannot {action} {path}: there is no such place"


def _steps(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _index(part: str, size: int) -> int | None:
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 and int(part) < size else None


def _at(body: Any, path: str) -> Any:
    for part in _steps(path):
        if isinstance(body, dict) and part in body:
            body = body[part]
        elif isinstance(body, list) and (index := _index(part, len(body))) is not None:
            body = body[index]
        else:
            return MISSING
    return body


def _parent(path: str) -> tuple[str, str]:
    head, _, _ = path.rpartition("/")
    return head, (_steps(path) or [""])[-1]


def _remove(body: Any, path: str) -> bool:
    head, last = _parent(path)
    inside = _at(body, head)
    if isinstance(inside, dict) and last in inside:
        del inside[last]
    elif isinstance(inside, list) and (index := _index(last, len(inside))) is not None:
        del inside[index]
    else:
        return False
    return True


def _put(body: Any, path: str, value: Any, *, insert: bool) -> bool:
    head, last = _parent(path)
    inside = _at(body, head)
    if isinstance(inside, dict) and path:
        inside[last] = value
    elif isinstance(inside, list) and last == "-" and insert:
        inside.append(value)
    elif isinstance(inside, list) and (index := _index(last, len(inside) + insert)) is not None:
        inside[index : index + (not insert)] = [value]
    else:
        return False
    return True
