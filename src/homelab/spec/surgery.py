"""Surgery on YAML text: one value set or removed where it stands, every other character left alone.

libyaml says where each node begins and ends; what is written is flow style (`{cpu: 4, memory: 8Gi}`), which fits into
block and flow alike.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from homelab.documents.compose import nodes
from homelab.documents.scalars import plain
from homelab.spec.option import Steps

WIDTH = 110
"""A longer flow mapping that may stand in block style is written over several lines."""


def changed(text: str, path: Steps, value: Any) -> str:
    """The text with the value at a path set; what leads to it is made."""
    root = next(nodes(text, ""), None)
    if not isinstance(root, yaml.MappingNode):
        return f"{_ended(text)}{_block(path[0], _nested(path[1:], value), 0)}"
    holder, depth = _deepest(root, path)
    if depth == len(path):
        return _replaced(text, holder, flow(value))
    value = _nested(path[depth + 1 :], value)
    if isinstance(holder, yaml.MappingNode) and holder.value:
        return _inserted(text, holder, path[depth], value, top=depth == 0)
    if isinstance(holder, yaml.SequenceNode) and holder.value:
        return _appended(text, holder, value)
    made = [value] if isinstance(path[depth], int) else {path[depth]: value}
    return _replaced(text, holder, flow(made))


def removed(text: str, path: Steps) -> str:
    """The text without the entry at a path, its line and the comment on that line; a last entry leaves `{}` behind."""
    root = next(nodes(text, ""))
    holder, depth = _deepest(root, path[:-1])
    if depth != len(path) - 1:
        return text
    entries = _entries(holder)
    index = next((i for i, (step, _start, _node) in enumerate(entries) if step == path[-1]), None)
    if index is None:
        return text
    if len(entries) == 1:
        return _replaced(text, holder, "{}" if isinstance(holder, yaml.MappingNode) else "[]")
    start, end = entries[index][1], _end(entries[index][2], text)
    if _in_flow(holder):
        if index:
            start = _end(entries[index - 1][2], text)
        else:
            end = entries[1][1]
        return text[:start] + text[end:]
    if isinstance(holder, yaml.SequenceNode):
        start = text.rindex("-", 0, start)
    return _without_lines(text, start, end)


def flow(value: Any) -> str:
    """A value in flow style, as people write it: `{role: worker, ceph: [200GB]}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, str) and plain(value) and value[0] not in ":?-" and not set(value) & set(",[]{}\n"):
        return value
    return json.dumps(value, ensure_ascii=False)


def _nested(path: Steps, value: Any) -> Any:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _entries(node: yaml.Node) -> list[tuple[str | int, int, yaml.Node]]:
    """(key or index, where it begins, node of its value) of a collection."""
    if isinstance(node, yaml.MappingNode):
        return [(_name(key), key.start_mark.index, item) for key, item in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(index, item.start_mark.index, item) for index, item in enumerate(node.value)]
    return []


def _name(key: yaml.Node) -> str:
    return str(key.value)


def _deepest(root: yaml.Node, path: Steps) -> tuple[yaml.Node, int]:
    """The deepest node on a path that exists, and how many steps it is away."""
    node = root
    for depth, step in enumerate(path):
        below = next((item for key, _start, item in _entries(node) if key == step), None)
        if below is None:
            return node, depth
        node = below
    return node, len(path)


def _end(node: yaml.Node, text: str) -> int:
    """Where a node's own text ends, without the blank lines and comments that libyaml counts to a block."""
    if isinstance(node, yaml.ScalarNode) or _in_flow(node):
        end = node.end_mark.index
        return (
            len(text[:end].rstrip("\n\r ")) if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"} else end
        )
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last, text)


def _in_flow(node: yaml.Node) -> bool:
    return bool(getattr(node, "flow_style", False))


def _replaced(text: str, node: yaml.Node, written: str) -> str:
    """The text with another value in a node's place."""
    start, end = node.start_mark.index, _end(node, text)
    before = text[:start]
    if before.endswith(":") or (start == end and before[-1:] not in {" ", "", "\n"}):
        return f"{before} {written}{text[end:]}"
    if "\n" in text[len(before.rstrip()) : start]:  # a block below its key becomes a value beside it
        before = before.rstrip()
        if (hash_at := before.rfind("#")) > before.rfind("\n"):  # the key has a comment: the value goes before it
            key = before[:hash_at].rstrip()
            return f"{key} {written} {before[hash_at:]}{text[end:]}"
        return f"{before} {written}{text[end:]}"
    return f"{before}{written}{text[end:]}"


def _inserted(text: str, node: yaml.Node, key: str | int, value: Any, *, top: bool) -> str:
    """The text with another entry at the end of a mapping."""
    end = _end(node.value[-1][1], text)
    if _in_flow(node):
        return f"{text[:end]}, {flow(str(key))}: {flow(value)}{text[end:]}"
    indent = node.value[0][0].start_mark.column
    line_end = _line_end(text, end)
    gap = "\n" if top and "\n\n" in text[:line_end] else ""
    return f"{_ended(text[:line_end])}{gap}{_block(key, value, indent)}{text[line_end:]}"


def _appended(text: str, node: yaml.Node, value: Any) -> str:
    """The text with another item at the end of a sequence."""
    end = _end(node.value[-1], text)
    if _in_flow(node):
        return f"{text[:end]}, {flow(value)}{text[end:]}"
    dash = text.rindex("-", 0, node.value[0].start_mark.index)
    column = dash - (text.rfind("\n", 0, dash) + 1)
    line_end = _line_end(text, end)
    return f"{_ended(text[:line_end])}{' ' * column}- {flow(value)}\n{text[line_end:]}"


def _block(key: str | int, value: Any, indent: int) -> str:
    """Lines of a block mapping's entry: on one line where it fits."""
    line = f"{' ' * indent}{flow(str(key))}: {flow(value)}\n"
    if len(line) <= WIDTH or not isinstance(value, dict) or not value:
        return line
    return f"{' ' * indent}{flow(str(key))}:\n" + "".join(_block(k, v, indent + 2) for k, v in value.items())


def _line_end(text: str, index: int) -> int:
    """Where the line of an index ends, its break included."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _without_lines(text: str, start: int, end: int) -> str:
    """The text without the lines from one index to another; the first may share its line with a dash."""
    line = text.rfind("\n", 0, start) + 1
    last = _line_end(text, end)
    if text[line:start].strip(" -"):
        return text
    if "-" in text[line:start]:  # the first entry of a mapping in a list: the next one takes its place
        following = last + len(text[last:]) - len(text[last:].lstrip(" "))
        return text[:start] + text[following:]
    return text[:line] + text[last:]
