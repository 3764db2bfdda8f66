"""A record as text: one fact a line, in a stable order, so that its difference reads like the chart's changelog.

Blocks are parted by empty lines: the chart, each key with its levels, what one item of a key's list makes (a record
behind bars), pairs of keys, threes of them, other centres, and each object with its facts. `<release>`, `<namespace>` and `<item>` stand
for those of whoever installs it. Blocks are read when they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import chain, combinations, groupby
from typing import Any

from homelab.software.records.effects import Change, Effect, How
from homelab.software.records.judged import Path
from homelab.software.records.levels import ABSENT, Level, Shape, Words
from homelab.software.records.record import WHOLE, Assignment, Centre, Key, Names, Pair, Record, Three

PLAIN = re.compile(r"[\w$@-]+")
STEP = re.compile(r"\.?(?:\{([^}]*)\}|(\[[^\]]*\])|([^.\[{]+))")
BARE = (How.GONE, How.VALUE, How.DATA, How.SPREAD, How.AFTER, How.BEFORE)
IDENTITY = re.compile(r"^((?:object|  [-+~]) \S+ [^/\n]*/)(\S+)", re.MULTILINE)
"""Lines that begin with an object: its kind and namespace, and its name."""
BAR = "|"
ITEM = "<item>"


def text_of(
    record: Record,
    levels: Mapping[Key, tuple[Level, ...]],
    pairs: Mapping[tuple[Key, Key], Any],
    each: Mapping[Key, str],
) -> str:
    """The text of a record; `each` are the texts of its keys' items."""
    head = [
        f"chart {record.chart} {record.version}",
        f"held {_json(dict(sorted(record.names.held.items())))}",
        f"joined {_json(list(record.names.joined))}",
        *([f"cut {_json(record.names.cut)}"] if record.names.cut else []),
        f"longest {record.names.longest}",
        f"placed {_json([record.names.release, record.names.namespace])}",
        f"numbers {_json(list(record.words.numbers))}",
        f"texts {_json(list(record.words.texts))}",
        *(["threes probed"] if record.threes() is not None else []),
    ]
    blocks = ["\n".join(head)]
    for key in sorted(record.keys):
        lines = [f"key {path_text(key)}"]
        stated = (("default", record.defaults), ("base", record.base))
        lines += [f" {word} {_json(given[key])}" for word, given in stated if key in given]
        for level in levels[key]:
            lines += [f" level {_level(level)}", *_effect(level.effect)]
        blocks.append("\n".join(lines))
    for key, said in sorted(each.items()):
        blocks.append(
            "\n".join([f"each {path_text(key)}", *(f"{BAR}{line}" for line in said.rstrip("\n").split("\n"))])
        )
    for (one, other), found in sorted(pairs.items()):
        lines = [f"pair {path_text(one)} & {path_text(other)}"]
        for (a, b), pair in sorted(found.items()):
            how = pair.over or ("unknown" if pair.correction is None else f"both {pair.of or 'neither'}")
            lines += [f" {a} {b} {how}", *_effect(pair.correction or ())]
        blocks.append("\n".join(lines))
    for keys, threes in groupby(
        sorted((record.threes() or {}).items()), key=lambda three: [key for key, _ in three[0]]
    ):
        lines = [f"three {' & '.join(map(path_text, keys))}"]
        for three, effect in threes:
            how = "unknown" if effect is None else "both"
            lines += [f" {' '.join(str(number) for _, number in three)} {how}", *_effect(effect or ())]
        blocks.append("\n".join(lines))
    for centre in record.centres():
        given = {path_text(key): value for key, value in centre.given.items() if value is not ABSENT}
        away = [path_text(key) for key, value in centre.given.items() if value is ABSENT]
        blocks.append(
            "\n".join(
                [f"centre {centre.after} {_json([dict(sorted(given.items())), sorted(away)])}", *_effect(centre.effect)]
            )
        )
    for who, leaves in sorted(record.facts.items()):
        lines = [f"object {who}" + (f"\t{record.governs[who]}" if who in record.governs else "")]
        lines += _grouped(((path, _json(value)) for path, value in leaves.items()), " ")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def read(text: str) -> Record:
    """The record that a text says."""
    heads: dict[str, str] = {}
    keys: dict[Key, str] = {}
    pairs: dict[tuple[Key, Key], str] = {}
    each: dict[Key, str] = {}
    threes: list[str] = []
    centres: list[str] = []
    objects: list[str] = []
    for block in text.rstrip("\n").split("\n\n"):
        kind, _, rest = block.partition(" ")
        if kind == "object":
            objects.append(rest)
        elif kind == "key":
            keys[path_of(rest.partition("\n")[0])] = rest
        elif kind == "each":
            key, _, said = rest.partition("\n")
            each[path_of(key)] = _unbarred(said)
        elif kind == "pair":
            one, _, other = rest.partition("\n")[0].partition(" & ")
            pairs[path_of(one), path_of(other)] = rest
        elif kind == "three":
            threes.append(rest)
        elif kind == "centre":
            centres.append(rest)
        else:
            heads.update(line.split(" ", 1) for line in block.split("\n"))  # type: ignore[misc]
    chart, _, version = heads["chart"].partition(" ")
    known = {key: partial(_key, block) for key, block in keys.items()}
    return Record(
        chart=chart,
        version=version,
        names=_names(heads),
        words=Words(tuple(json.loads(heads["numbers"])), tuple(json.loads(heads["texts"]))),
        base=_stated(keys, "base"),
        facts=dict(map(_facts, objects)),
        governs=dict(filter(None, map(_governs, objects))),
        defaults=_stated(keys, "default"),
        levels_of=cache(lambda key: known[key]() if key in known else ()),
        pairs_of=cache(lambda one, other: _pairs(pairs.get((one, other), ""))),
        keys=frozenset(keys),
        centres=cache(lambda: tuple(map(_centre, centres))),
        threes=cache(lambda: dict(chain.from_iterable(map(_threes, threes))) if "threes" in heads else None),
        lists=frozenset(each),
        acting=frozenset(key for keys in pairs for key in keys),
        each_of=cache(lambda key, name: read(each[key].replace(ITEM, name)) if key in each else None),
    )


def placed(said: str, release: str, namespace: str) -> str:
    """A record's text for a release and a namespace: objects are named by its chart, too, unless the release is."""
    names = _names(dict(line.split(" ", 1) for line in said[: said.index("\n\n")].split("\n")))
    if WHOLE in names.cut:
        said = IDENTITY.sub(lambda found: found[1] + names.named(found[2], release, "<release>"), said)
    for word in names.joined:
        said = said.replace(f"<release>-{word}", names.behind(release, word))
    return said.replace("<release>", release).replace("<namespace>", namespace)


def _names(heads: Mapping[str, str]) -> Names:
    release, namespace = json.loads(heads["placed"])
    cut = json.loads(heads.get("cut", "{}"))
    return Names(
        json.loads(heads["held"]), tuple(json.loads(heads["joined"])), int(heads["longest"]), release, namespace, cut
    )


def _unbarred(said: str) -> str:
    return "\n".join(line.removeprefix(BAR) for line in said.split("\n"))


def again(said: str) -> str:
    """The same record in the order in which it is written."""
    found = read(said)
    each = {
        path_of(block.partition("\n")[0].removeprefix("each ")): again(_unbarred(block.partition("\n")[2]))
        for block in said.rstrip("\n").split("\n\n")
        if block.startswith("each ")
    }
    levels = {key: found.levels_of(key) for key in found.keys}
    pairs = {(one, other): found.pairs_of(one, other) for one, other in combinations(sorted(found.keys), 2)}
    return text_of(found, levels, {keys: pair for keys, pair in pairs.items() if pair}, each)


def path_text(path: Iterable[str]) -> str:
    """A path in one line: `spec.containers[main].{app.kubernetes.io/name}`."""
    return "".join(
        step if step[:1] == "[" and "]" not in step[:-1] else f".{step}" if PLAIN.fullmatch(step) else f".{{{step}}}"
        for step in path
    ).removeprefix(".")


@cache
def path_of(text: str) -> Path:
    """The path that a line says."""
    return tuple(braced or item or plain for braced, item, plain in STEP.findall(text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(text: str) -> Any:
    if text[0] == '"' and "\\" not in text:
        return text[1:-1]
    return json.loads(text)


def _level(level: Level) -> str:
    alone = "" if level.paired else " alone"
    if level.shape is None:
        return f"{'absent' if level.value is ABSENT else '= ' + _json(level.value)}{alone}"
    return f"{level.shape.kind} {_json(list(level.shape.seen))}{alone}"


def _grouped(leaves: Iterable[tuple[Path, str]], pad: str) -> Iterator[str]:
    """A line for each leaf, below a line for what they stand in; the second is said once for neighbours."""
    above: Path = ("nowhere",)
    for path, value in leaves:
        if path[:-1] != above:
            above = path[:-1]
            yield f"{pad}{path_text(above) or '.'}"
        yield f"{pad} {path_text(path[-1:])}\t{value}"


def _ungrouped(lines: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """The leaves of such lines."""
    above: Path = ()
    for line in lines:
        step, tab, value = line.lstrip(" ").partition("\t")
        if tab:
            yield above + path_of(step), value
        else:
            above = () if step == "." else path_of(step)


def _effect(effect: Effect) -> Iterator[str]:
    for who, changes in groupby(effect, key=lambda change: change.who):
        found = list(changes)
        whole = [change for change in found if not change.path]
        sign = "~" if not whole else "-" if whole[0].how is How.GONE else "+"
        yield f"  {sign} {who}"
        leaves = [change for change in found if change.path]
        yield from _grouped(
            ((c.path, f"{c.how.value}{'' if c.how in BARE else ' ' + _json(c.value)}") for c in leaves), "    "
        )


def _changes(lines: Iterable[str]) -> Iterator[Change]:
    who, inside = "", list[str]()
    for line in (*lines, "  end"):
        if line.startswith("    "):
            inside.append(line)
            continue
        for path, rest in _ungrouped(inside):
            sign, _, value = rest.partition(" ")
            yield Change(who, path, How(sign), _value(value) if value else None)
        inside.clear()
        who = line[4:]
        if line[2] in "+-":
            yield Change(who, (), How.GONE if line[2] == "-" else How.IS, None if line[2] == "-" else True)


def _key(block: str) -> tuple[Level, ...]:
    found = []
    for part in block.split("\n level ")[1:]:
        head, *lines = part.split("\n")
        paired = not head.endswith(" alone")
        kind, _, value = head.removesuffix(" alone").partition(" ")
        exact = kind in {"=", "absent"}
        shape = None if exact else Shape(kind, tuple(json.loads(value)))
        given = ABSENT if kind == "absent" else json.loads(value) if exact else None
        found.append(Level(given, shape, tuple(_changes(lines)), paired))
    return tuple(found)


def _stated(keys: Mapping[Key, str], word: str) -> Assignment:
    found: Assignment = {}
    for key, block in keys.items():
        for line in block.split("\n", 3)[1:3]:
            if line.startswith(f" {word} "):
                found[key] = json.loads(line[len(word) + 2 :])
    return found


def _pairs(block: str) -> dict[tuple[int, int], Pair]:
    found = {}
    for part in re.split(r"\n (?=\d)", block)[1:]:
        head, *lines = part.split("\n")
        one, other, how, *of = head.split(" ")
        if how == "both":
            pair = Pair(correction=tuple(_changes(lines)), of="" if of[0] == "neither" else of[0])
        else:
            pair = Pair(over="" if how == "unknown" else how)
        found[int(one), int(other)] = pair
    return found


def _threes(block: str) -> Iterator[tuple[Three, Effect | None]]:
    keys = [path_of(key) for key in block.partition("\n")[0].split(" & ")]
    for part in re.split(r"\n (?=\d)", block)[1:]:
        head, *lines = part.split("\n")
        *numbers, how = head.split(" ")
        three = tuple(zip(keys, map(int, numbers), strict=True))
        yield three, None if how == "unknown" else tuple(_changes(lines))


def _centre(block: str) -> Centre:
    head, *lines = block.split("\n")
    after, _, said = head.partition(" ")
    given, away = json.loads(said)
    assignment = {path_of(key): value for key, value in given.items()} | {path_of(key): ABSENT for key in away}
    return Centre(assignment, tuple(_changes(lines)), int(after))


def _facts(block: str) -> tuple[str, dict[Path, Any]]:
    head, *lines = block.split("\n")
    return head.partition("\t")[0], {path: _value(value) for path, value in _ungrouped(lines)}


def _governs(block: str) -> tuple[str, str] | None:
    who, _, key = block.partition("\n")[0].partition("\t")
    return (who, key) if key else None
