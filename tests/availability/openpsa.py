"""A reader of fault trees in the Open-PSA Model Exchange Format: gates, events, house events, parameters, common causes.

Several files are read together: what one uses another may define. A name means what stands in its own component, else
what stands in one around it, else what model-data says. Failure is what a tree says, so that a service is its negation.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homelab.availability.common_causes import Group, alpha, beta, greek, group
from homelab.availability.compose import between, implied, lacking, neither, odd, same
from homelab.availability.system import ALWAYS, NEVER, All, Any_, AtLeast, Gate, Not, Part, Rate, System, Up
from homelab.errors import Undecidable

EVENTS = {"event", "gate", "basic-event", "house-event"}
EXPRESSIONS = {
    "float",
    "int",
    "bool",
    "parameter",
    "exponential",
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "system-mission-time",
}
MISSION = 8760.0


@dataclass
class Study:
    """What the files say, by full name: formulas, expressions of basic events and parameters, groups."""

    gates: dict[str, tuple[str, ET.Element]] = field(default_factory=dict)
    events: dict[str, tuple[str, ET.Element | None]] = field(default_factory=dict)
    houses: dict[str, bool] = field(default_factory=dict)
    parameters: dict[str, tuple[str, ET.Element]] = field(default_factory=dict)
    groups: list[tuple[str, ET.Element]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def read(self, text: str, file: str = "study") -> None:
        """Take over one file."""
        try:
            root = ET.fromstring(text)
        except ET.ParseError as error:
            raise Undecidable(f"{file}: not XML: {error}") from None
        self._define(root, "", file)

    def _define(self, element: ET.Element, scope: str, file: str) -> None:
        todo = [(element, scope)]
        while todo:
            inside, scope = todo.pop()
            for child in inside:
                name = child.get("name", "")
                full = f"{scope}{name}"
                if child.tag in {"define-fault-tree", "model-data", "define-component"}:
                    todo.append((child, f"{full}." if child.tag == "define-component" else scope))
                elif child.tag == "define-gate":
                    self._once(full, file)
                    self.gates[full] = scope, _body(child, full, file)
                elif child.tag == "define-basic-event":
                    self._once(full, file)
                    self.events[full] = scope, next((each for each in child if each.tag in EXPRESSIONS), None)
                elif child.tag == "define-house-event":
                    self._once(full, file)
                    constant = child.find("constant")
                    self.houses[full] = constant is not None and constant.get("value") == "true"
                elif child.tag == "define-parameter":
                    self.parameters[full] = scope, _body(child, full, file)
                elif child.tag == "define-CCF-group":
                    self.groups.append((scope, child))

    def _once(self, name: str, file: str) -> None:
        if name in self.places:
            raise Undecidable(f"{file}: {name} is defined already, in {self.places[name]}")
        self.places[name] = file

    def find(self, name: str, scope: str, known: Iterable[Mapping[str, object]]) -> str:
        """The full name of what a name means in a scope."""
        known = list(known)
        while True:
            if any(scope + name in each for each in known):
                return scope + name
            if not scope:
                raise Undecidable(f"{name}: no file defines it")
            scope = scope[:-1].rpartition(".")[0]
            scope = f"{scope}." if scope else ""

    def value(self, expression: ET.Element, scope: str, name: str, above: tuple[str, ...] = ()) -> float:  # noqa: PLR0911  # one case a word
        """What an expression comes to."""
        tag = expression.tag
        if tag in {"float", "int"}:
            return float(expression.get("value", "nan"))
        if tag == "bool":
            return float(expression.get("value") == "true")
        if tag == "system-mission-time":
            return MISSION
        if tag == "parameter":
            full = self.find(expression.get("name", ""), scope, [self.parameters])
            if full in above:
                raise Undecidable(f"parameter {' → '.join([*above, full])} waits for itself")
            inner, body = self.parameters[full]
            return self.value(body, inner, name, (*above, full))
        values = [self.value(each, scope, name, above) for each in expression]
        if tag == "exponential":
            return -math.expm1(-values[0] * values[1])
        if tag == "neg":
            return -values[0]
        if tag in {"add", "sub", "mul", "div"}:
            result = values[0]
            for each in values[1:]:
                result = {"add": result + each, "sub": result - each, "mul": result * each}.get(
                    tag, result / each if each else math.nan
                )
            return result
        raise Undecidable(f"{name}: an expression {tag} is not known")

    def system(self, top: str | None = None) -> System:
        """The study as a system; its one service `top` is up while the top event does not occur."""
        parts: dict[str, Part] = {}
        gates: dict[str, Gate] = {name: ALWAYS if value else NEVER for name, value in self.houses.items()}
        for scope, element in self.groups:
            made = self._group(scope, element)
            parts |= made.parts
            gates |= {member: Not(gate) for member, gate in made.gates.items()}
        for name, (scope, expression) in self.events.items():
            if name in gates:
                continue
            if expression is None:
                raise Undecidable(f"{name}: no file says how likely it is")
            chance = self.value(expression, scope, name)
            if not 0 <= chance <= 1:
                raise Undecidable(f"{self.places[name]}: {name} has a probability of {chance:g}; it is from 0 to 1")
            if chance == 1:
                gates[name] = ALWAYS
            else:
                parts[f"{name}/event"] = Part(f"{name}/event", Rate.chance(chance), name)
                gates[name] = Not(Up(f"{name}/event"))
        for name in self.gates:
            gates.setdefault(name, NEVER)
        for name, (scope, body) in self.gates.items():
            self._formula(body, scope, name, gates)
        used = {other for gate in gates.values() for other in _names(gate)}
        tops = [name for name in self.gates if name not in used]
        if top is None and len(tops) != 1:
            raise Undecidable(
                f"there is not one top gate but {len(tops)}: {', '.join(tops[:5]) or 'each is used by another'}"
            )
        gates["up"] = Not(top or tops[0])
        return System(parts, gates, {"top": "up"})

    def _formula(self, body: ET.Element, scope: str, name: str, gates: dict[str, Gate]) -> None:
        """One formula; what is nested in it becomes a gate of its own, so that it may be as deep as it likes."""
        made: dict[int, Gate | str] = {}
        todo = [body]
        while todo:
            item = todo[-1]
            if item.tag in EVENTS:
                made[id(item)] = self.find(item.get("name", ""), scope, [gates])
            elif item.tag == "constant":
                made[id(item)] = ALWAYS if item.get("value") == "true" else NEVER
            elif waiting := [each for each in item if id(each) not in made]:
                todo += waiting
                continue
            else:
                own = name if item is body else f"{name}#{len(made)}"
                gates[own] = _gate(item, tuple(made[id(each)] for each in item), name)
                made[id(item)] = own
            todo.pop()
        if body.tag in EVENTS or body.tag == "constant":
            gates[name] = All((made[id(body)],))

    def _group(self, scope: str, element: ET.Element) -> Group:
        """Members of a group that fail for one reason."""
        name, model = element.get("name", ""), element.get("model", "")
        members = [self.find(each.get("name", ""), scope, [self.events]) if self._has(each, scope) else scope + each.get("name", "")
                   for each in element.iterfind("members/*")]  # fmt: skip
        distribution = element.find("distribution")
        assert distribution is not None
        rate = Rate.chance(self.value(distribution[0], scope, name))
        factors = [self.value(each[0], scope, name) for each in element.iter("factor")]
        if model == "beta-factor":
            return beta(name, members, rate, factors[0])
        makers = {"MGL": greek, "alpha-factor": alpha, "phi-factor": group}
        if model not in makers:
            raise Undecidable(f"group {name}: a model {model} is not known")
        return makers[model](name, members, rate, factors)

    def _has(self, member: ET.Element, scope: str) -> bool:
        try:
            self.find(member.get("name", ""), scope, [self.events])
        except Undecidable:
            return False
        return True


def _body(element: ET.Element, name: str, file: str) -> ET.Element:
    """What a definition holds beside labels and attributes."""
    found = [child for child in element if child.tag not in {"label", "attributes"}]
    if len(found) != 1:
        raise Undecidable(f"{file}: {name} has {len(found)} formulas; it has one")
    return found[0]


def _gate(item: ET.Element, below: tuple[Gate | str, ...], name: str) -> Gate:  # noqa: C901, PLR0911  # one case a word
    """One connective."""
    match item.tag:
        case "and":
            return All(below)
        case "or":
            return Any_(below)
        case "not":
            return Not(below[0])
        case "atleast":
            return AtLeast(int(item.get("min", "0")), below)
        case "cardinality":
            return between(int(item.get("min", "0")), int(item.get("max", "0")), below)
        case "xor":
            return odd(*below)
        case "nand":
            return lacking(*below)
        case "nor":
            return neither(*below)
        case "imply":
            return implied(below[0], below[1])
        case "iff":
            return same(below[0], below[1])
    raise Undecidable(f"{name}: a connective {item.tag} is not known")


def _names(gate: Gate) -> Iterator[str]:
    from homelab.availability.gates import inputs

    todo: list[Gate | str] = [gate]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        else:
            todo += inputs(item)


def study(*files: Path) -> System:
    """Files that belong together."""
    found = Study()
    for file in files:
        found.read(file.read_text(encoding="utf-8"), file.name)
    return found.system()
