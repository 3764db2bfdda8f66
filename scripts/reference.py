"""What is generated from the model: homelab.sample.yaml, docs/reference/*.md and docs/homelab.schema.json.

    python scripts/reference.py --write    write them
    python scripts/reference.py --check    say which are stale, and exit 1

In the sample, `## ` explains and `# ` is an option at its default: taking one `# ` away changes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from pydantic import BaseModel  # noqa: E402 - the path comes first
from pydantic.fields import FieldInfo  # noqa: E402

from homelab.capabilities import Capability  # noqa: E402
from homelab.catalog.apps.own.app import LONGEST  # noqa: E402
from homelab.catalog.component import Settings  # noqa: E402
from homelab.catalog.providers import catalog  # noqa: E402
from homelab.catalog.schema import OWN  # noqa: E402
from homelab.catalog.schema import schema as editors_schema  # noqa: E402
from homelab.documents.duration import format_duration  # noqa: E402
from homelab.documents.quantity import format_bytes  # noqa: E402
from homelab.spec import units  # noqa: E402
from homelab.spec.homelab import Homelab  # noqa: E402
from homelab.spec.section import Section  # noqa: E402
from homelab.spec.surgery import flow  # noqa: E402

EXAMPLES: dict[str, Any] = {
    "homelab": "v1",
    "name": "homelab",
    "hosts": {"pve-1": {"cpu": 16, "memory": "64Gi", "disks": {"nvme": "2TB"}}},
    "network": {"nodes": "192.168.1.0/24", "gateway": "192.168.1.1", "load_balancers": "192.168.1.150-192.168.1.170"},
    "nodes": {
        "ctrl-0": {
            "role": "control-plane",
            "address": "192.168.1.10",
            "cpu": 4,
            "memory": "16Gi",
            "disk": "250GB",
            "host": "pve-1",
        }
    },
    "accept": [{"check": "pdb-missing", "reason": "why it is acceptable in this lab"}],
    "rates": {"host": {"reason": "own records of ten years"}},
    "backup": {"targets": {"offsite": {"kind": "s3", "endpoint": "https://s3.example.net"}}},
    "alerts": {"slack": {"channel": "#alerts"}},
}
"""What the sample says where there is no default."""


def sample() -> str:
    """homelab.sample.yaml: every option with its sentence."""
    head = [
        "## Every option of homelab.yaml. What is not commented out must be said; the rest stands at its default.",
        "## This file is generated from the model: it is the manual.",
        "",
    ]
    body: list[str] = []
    for name, field in Homelab.model_fields.items():
        if name in {"components", "apps"}:
            body += [*_about(field, ""), f"# {name}:", *_components(application=name == "apps"), ""]
            if name == "apps":
                body[-1:] = [
                    "  ## Any other name is an application of your own: docs/own-app.md, docs/reference/own-app.md.",
                    "",
                ]
        else:
            body += [*_option(name, field, EXAMPLES.get(name), "", must=True), ""]
    return "\n".join([*head, *body]).rstrip() + "\n"


def _option(name: str, field: FieldInfo, example: Any, pad: str, *, must: bool) -> Iterator[str]:
    """The lines of one option: its sentence, then itself, commented out unless it must be said."""
    yield from _about(field, pad)
    must = must and field.is_required()
    mark = "" if must else "# "
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    kind, model = _inside(field.annotation)
    if kind == "section" and model and (isinstance(default, Section) or example is not None or must):
        yield f"{pad}{mark}{name}:"
        given = {**(_data(default) if isinstance(default, Section) else {}), **(example or {})}
        yield from _fields(model, given, f"{pad}  ", must=must)
    elif kind == "entries" and model and (example or default):
        yield f"{pad}{mark}{name}:"
        for key, entry in (example or _data(default)).items():
            yield f"{pad}  {mark}{key}:"
            yield from _fields(model, entry, f"{pad}    ", must=must)
    else:
        shown = _shown(field, default if example is None else example)
        yield f"{pad}{mark}{name}: {shown}".rstrip()


def _about(field: FieldInfo, pad: str) -> Iterator[str]:
    """The sentences of an option."""
    yield from (f"{pad}## {line}".rstrip() for line in (field.description or "").splitlines())


def _fields(model: type[BaseModel], given: dict[str, Any], pad: str, *, must: bool) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name == "practices" and issubclass(model, Settings):
            continue
        value = given.get(name)
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        yield from _option(name, field, None if value == _data(default) else value, pad, must=must)


def _components(*, application: bool) -> Iterator[str]:
    """Every component with its settings, without the practices, which are alike for all."""
    for component in sorted(catalog(), key=lambda c: c.name):
        if component.application is application:
            yield f"  ## {component.summary}"
            yield f"  # {component.name}:"
            yield from _fields(component.settings, {}, "    ", must=False)


def _inside(annotation: Any) -> tuple[str, type[Section] | None]:
    """What a field holds: a `section`, `entries` of sections by name, or a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "section", annotation
    if get_origin(annotation) is dict:
        value = get_args(annotation)[1]
        return ("entries", value) if isinstance(value, type) and issubclass(value, Section) else ("", None)
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, Section) and get_origin(annotation) is not tuple:
            return "section", argument
    return "", None


def _shown(field: FieldInfo, value: Any) -> str:
    """A value as a person would write it; nothing where it is derived."""
    if value is None:
        return ""
    if isinstance(value, (float, int)) and not isinstance(value, bool) and _is(field, "_seconds"):
        return format_duration(value) if value else "off"
    if isinstance(value, int) and not isinstance(value, bool) and _is(field, "_bytes"):
        return format_bytes(value)
    return flow(_data(value))


def _is(field: FieldInfo, validator: str) -> bool:
    return any(getattr(item, "func", None) is getattr(units, validator) for item in field.metadata)


def _data(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _data(item) for key, item in value.items()}
    return [_data(item) for item in value] if isinstance(value, (list, tuple)) else value


def schema() -> str:
    """docs/homelab.schema.json: what editors complete and underline."""
    return json.dumps(editors_schema(), indent=1, ensure_ascii=False) + "\n"


def options() -> str:
    """docs/reference/options.md: every option in a table for each section."""
    lines = [
        "# Options of homelab.yaml",
        "",
        "Generated from the model; `homelab.sample.yaml` shows the same as a file.",
        "",
        "An option path names a place in the file: `nodes.ctrl-0.address`.",
        "Dots separate keys, digits are positions in a list (`access.public.0`).",
        "Below `use` and `rates` the rest is one key: `use.storage.block`.",
        "",
    ]
    for title, model in _sections(Homelab, ""):
        lines += [f"## {title or 'At the top'}", "", *_first(model), "", *_table(model), ""]
    return "\n".join(lines).rstrip() + "\n"


def _first(model: type[BaseModel]) -> list[str]:
    return [(model.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")]


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """(path, model) of every section, entries as `nodes.<name>`, items as `accept.<number>`."""
    yield path, model
    for name, field in model.model_fields.items():
        kind, inner = _inside(field.annotation)
        here = f"{path}.{name}".removeprefix(".")
        if inner:
            yield from _sections(inner, here if kind == "section" else f"{here}.<name>")
        elif get_origin(field.annotation) is tuple:
            item = get_args(field.annotation)[0]
            if isinstance(item, type) and issubclass(item, Section):
                yield from _sections(item, f"{here}.<number>")


def _table(model: type[BaseModel]) -> list[str]:
    rows = ["| option | default | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        if name == "practices" and issubclass(model, Settings):
            continue
        value = None if field.is_required() else field.get_default(call_default_factory=True)
        shown = "must be given" if field.is_required() else "" if isinstance(value, Section) else _shown(field, value)
        meaning = " ".join([(field.description or "").replace("\n", " "), *_values(field)]).replace("|", "\\|")
        rows.append(f"| `{name}` | {f'`{shown}`' if shown and shown != 'must be given' else shown} | {meaning} |")
    return rows


def _values(field: FieldInfo) -> Iterator[str]:
    """`One of …` where a field takes only certain words, unless its sentence names them all."""
    words = [str(word) for word in _words(field.annotation) if isinstance(word, str) and word]
    if len(words) > 1 and not all(f"`{word}`" in (field.description or "") for word in words):
        yield f"One of {', '.join(f'`{word}`' for word in words)}."


def _words(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for each in get_args(annotation):
            yield from _words(each)


def _capabilities() -> list[str]:
    """What `use` knows: each capability with its meaning and who provides it."""
    lines = [
        "## Capabilities",
        "",
        "What `use` chooses a provider of: `use: {storage.block: rook-ceph}`, or `off`.",
        "",
    ]
    lines += ["| capability | what it is | providers |", "| --- | --- | --- |"]
    for capability in Capability:
        names = sorted(c.name for c in catalog() if capability in c.provides)
        lines.append(f"| `{capability}` | {capability.meaning} | {', '.join(f'`{n}`' for n in names) or 'none yet'} |")
    return [*lines, ""]


def components() -> str:
    """docs/reference/components.md: what can be chosen, what it provides and how it is set."""
    lines = ["# Components", "", "Generated from the catalog.", "", *_capabilities()]
    for component in sorted(catalog(), key=lambda c: c.name):
        lines += [f"## {component.name}", "", component.summary, ""]
        if component.provides:
            lines += [f"Provides: {', '.join(f'`{each}`' for each in sorted(component.provides))}.", ""]
        if not callable(component.needs) and component.needs:
            lines += ["Needs:", "", *(f"- `{n.capability}` ({n.phase}): {n.why}" for n in component.needs), ""]
        if any(name != "practices" for name in component.settings.model_fields):
            lines += [*_table(component.settings), ""]
            for title, model in list(_sections(component.settings, ""))[1:]:
                if not title.startswith("practices"):
                    lines += [f"### {component.name}: {title}", "", *_first(model), "", *_table(model), ""]
        if component.homepage:
            lines += [f"Upstream: <{component.homepage}>", ""]
    return "\n".join(lines).rstrip() + "\n"


def own_app() -> str:
    """docs/reference/own-app.md: every option of an application of one's own."""
    lines = [
        "# Options of an application of your own",
        "",
        "Generated from the model; [Add your own app](../own-app.md) shows how they go together.",
        "They stand below `apps.<name>`.",
        f"The name is a DNS label of at most {LONGEST} letters that no application and no component of homelab has.",
        "",
    ]
    for title, model in _sections(OWN.settings, ""):
        if not title.startswith("practices"):
            lines += [f"## {title or 'At the top'}", "", *_first(model), "", *_table(model), ""]
    return "\n".join(lines).rstrip() + "\n"


FILES = {
    "homelab.sample.yaml": sample,
    "docs/homelab.schema.json": schema,
    "docs/reference/options.md": options,
    "docs/reference/components.md": components,
    "docs/reference/own-app.md": own_app,
}


def main(arguments: list[str]) -> int:
    """Write or check the generated files; 1 where one is stale."""
    stale = []
    for path, make in FILES.items():
        text, file = make(), ROOT / path
        if file.is_file() and file.read_text() == text:
            continue
        stale.append(path)
        if "--check" not in arguments:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            print(f"wrote {path}")
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is stale: `make docs` writes it anew")
        return 1 if stale else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
