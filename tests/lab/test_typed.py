"""What a person types: twelve wrong values at every key are refused with their place, or change something that counts.

The keys come from the model, so a new option is tried without being named here. Which of them are tried, the seed says:
as many as fit into the time.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
import yaml

from homelab.catalog.providers import catalog
from homelab.cli.opened import mistakes
from homelab.documents.read import read
from homelab.lab.pipeline import Lab
from homelab.spec.homelab import Homelab
from homelab.spec.section import Section

pytestmark = pytest.mark.slow

SECONDS = 60
"""Of processor time, in CI; the soak tests try everything."""
TIMES = [pytest.param(SECONDS, id="by-seed"), pytest.param(math.inf, id="all", marks=pytest.mark.soak)]
SEED = 20_261_126
TODAY = date(2026, 7, 1)
WRONG: tuple[Any, ...] = (
    "", "no-such-thing", "two words", "a\nb", "\x1b[31mred\x1b[0m", "../../etc/passwd",
    -1, 0, 10**30, True, [], {"a": {"b": 1}},
)  # fmt: skip
LAB = """\
homelab: v1
name: typed
domain: example.org
goals: {lan: 99.9, internet: 99.5, rto: 2h, rpo: 25h}
site: {power: {grid: germany, ups: 20m}, internet: {uplinks: 2}, switches: 2, spare_host: yes}
hosts:
  pve-1: {cpu: 24, memory: 64Gi, disks: {nvme: 2TB}, datastore: fast, bridge: vmbr1}
  pve-2: {cpu: 24, memory: 64Gi, disks: {nvme: 2TB}}
network:
  {nodes: 10.0.7.0/24, gateway: 10.0.7.1, api: 10.0.7.9, load_balancers: 10.0.7.150-10.0.7.170, dhcp: 10.0.7.180-10.0.7.250,
   pods: 10.240.0.0/16, services: 10.112.0.0/12, name_servers: [9.9.9.9], time_servers: [pool.ntp.org], interface: ^eth}
nodes:
  ctrl-0: {role: control-plane, host: pve-1, address: 10.0.7.10, cpu: 4, memory: 8Gi, disk: 50GB, mac: "bc:24:11:00:00:01",
           vm_id: 700, install_disk: /dev/vda, schedulable: yes}
  worker-1: {role: worker, host: pve-1, address: 10.0.7.11, cpu: 8, memory: 24Gi, disk: 100GB, ceph: [500GB]}
  worker-2: {role: worker, host: pve-2, address: 10.0.7.12, cpu: 8, memory: 24Gi, disk: 100GB, ceph: [500GB]}
git: {repository: "https://git.example.org/lab.git", revision: trunk, host_keys: [
  "nas.lan ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C"]}
components:
  proxmox-csi: {default_class: off}
apps: {n8n: {timezone: Europe/Paris, environments: {production: {webhooks: 1, workers: 1}}}}
access: {public: [n8n], own_login: [n8n]}
backup:
  targets: {away: {kind: s3, endpoint: "https://s3.example.net", bucket: copies, region: eu}}
  daily: {at: 0 1 * * *, keep: 3d}
alerts: {slack: {channel: "#lab"}, webhook: "https://a.example.net", heartbeat: "https://b.example.net"}
accept: [{check: single-control-plane-node, reason: two machines are all there are, subject: "*", until: 2030-01-01}]
rates: {host: {mttf: 20000, mttr: 30, reason: own records}}
"""


def keys(model: type[Section], path: tuple[Any, ...], data: Any) -> Iterator[tuple[Any, ...]]:
    """The paths of every option of a model: through the entries that the lab has, and one of each list."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        yield here
        below = data.get(name) if isinstance(data, dict) else None
        yield from _inside(field.annotation, here, below)


def _inside(annotation: Any, here: tuple[Any, ...], data: Any) -> Iterator[tuple[Any, ...]]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield from keys(annotation, here, data)
    elif origin in {Union, UnionType}:
        for each in inner:
            yield from _inside(each, here, data)
    elif origin in {dict, tuple} and data:
        entries = data.items() if isinstance(data, dict) else enumerate(data)
        for key, item in list(entries)[:2]:
            yield (*here, key)
            yield from _inside(inner[1] if origin is dict else inner[0], (*here, key), item)


def everything() -> list[tuple[Any, ...]]:
    """Every key of the file and of the settings of each component."""
    data = read(LAB.encode(), "lab")[0].value
    found = [key for key in keys(Homelab, (), data) if key not in {("components",), ("apps",)}]
    for component in catalog():
        section = "apps" if component.application else "components"
        found += keys(component.settings, (section, component.name), data[section].get(component.name, {}))
    return list(dict.fromkeys(found))


def written(path: tuple[Any, ...], value: Any) -> str:
    """The lab as a file, with a value at a key."""
    data = deepcopy(read(LAB.encode(), "lab")[0].value)
    at = data
    for step in path[:-1]:
        at = at[step] if isinstance(at, list) else at.setdefault(step, {})
    # every practice is on, so that switching it on for one component says nothing
    at[path[-1]] = False if "practices" in path and value is True else value
    return json.dumps(data, indent=1)


def substance(lab: Lab) -> dict[str, str]:
    """The files that make something: neither pages nor what homelab writes for itself."""
    return {k: v for k, v in lab.tree.texts().items() if not k.startswith(".homelab/") and not k.endswith(".md")}


def plain(name: str, text: str) -> Any:
    """A file without comments and annotations."""
    if name.endswith((".yaml", ".yml")):
        return [_bare(document) for document in yaml.load_all(text, yaml.CSafeLoader)]
    return re.sub(r"(?m)^\s*(#|//).*\n", "", text)


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _bare(value) for key, value in node.items() if key not in {"annotations", "commonAnnotations"}}
    return [_bare(item) for item in node] if isinstance(node, list) else node


def differs(one: Lab, other: Lab) -> bool:
    """Whether two labs differ in an object, in HCL, in a finding or in a figure."""
    ours, theirs = substance(one), substance(other)
    if ours.keys() != theirs.keys():
        return True
    if any(text != theirs[name] and plain(name, text) != plain(name, theirs[name]) for name, text in ours.items()):
        return True
    return said(one) != said(other) or figures(one) != figures(other)


def figures(lab: Lab) -> dict[str, float]:
    """What is computed of the lab, and what its owner wants of it."""
    wanted = lab.homelab.goals.model_dump()
    return {**lab.whole.down, **{key: value or 0 for key, value in wanted.items()}}


def said(lab: Lab) -> Any:
    """What is found in a lab, wherever it stands."""
    found = lab.assessment(TODAY)
    accepted = sorted((a.finding.check, a.reason, a.until) for a in found.accepted)
    return sorted((f.check, str(f.subject), f.message) for f in found.findings), accepted, found.pending


def same_meaning(one: Lab, other: Lab) -> bool:
    """Whether two files say the same: a default that is written, an empty section."""
    settings = [{c.name: c.settings for c in lab.plan.choices} for lab in (one, other)]
    masked = [lab.homelab.model_copy(update={"components": {}, "apps": {}}) for lab in (one, other)]
    return masked[0] == masked[1] and settings[0] == settings[1]


DERIVED = {("components", "argo-cd", "ha"), ("nodes", "worker-1", "schedulable"), ("components", "proxmox-csi"),
           ("backup", "targets", "away", "off_site")}  # fmt: skip
"""Options that are derived as `true` in this lab, so that writing it says nothing new."""


def excused(key: tuple[Any, ...], value: Any) -> bool:
    """What people write for people (a reason), and what is derived as it is written."""
    return key[-1] == "reason" or (value is True and key in DERIVED)


def test_the_lab_itself_is_right(tmp_path):
    """The lab in which wrong values are tried has no mistake, and most options of the model stand in reach."""
    (tmp_path / "homelab.yaml").write_text(LAB)
    assert mistakes(str(tmp_path / "homelab.yaml"))[1] == ()
    assert len(everything()) > 300


@pytest.mark.parametrize("seconds", TIMES)
def test_wrong_values_are_refused_or_count(tmp_path, seconds):
    """Each key with each wrong value: mistakes with a line, or a lab that differs in something; nothing is written."""
    file = tmp_path / "homelab.yaml"
    file.write_text(LAB)
    base = mistakes(str(file))[0]
    pairs = [(key, value) for key in everything() for value in WRONG]
    random.Random(SEED).shuffle(pairs)
    began, tried, silent = time.process_time(), 0, []
    for key, value in pairs:
        if time.process_time() - began > seconds:
            break
        tried += 1
        file.write_text(written(key, value))
        lab, wrong = mistakes(str(file))
        assert all(m.place.line and m.place.file == str(file) for m in wrong), (key, value)
        assert all(str(m).isprintable() or "\n  hint: " in str(m) for m in wrong), (key, value)
        if lab is not None and not same_meaning(base, lab) and not excused(key, value) and not differs(base, lab):
            silent.append((".".join(map(str, key)), value))
    assert list(tmp_path.iterdir()) == [file]
    assert silent == []
    assert tried > 200
