"""Mutants: thirty small mistakes in the model, each of which the pinned figures of the examples must find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
MODEL = Path("homelab/assess/model")
MUTANTS = (
    ("crashes.py", "hang.mttr if probed else", "hang.mttr if not probed else"),
    ("crashes.py", "if not bounded:", "if bounded:"),
    ("crashes.py", "1 / frequency - down", "1 / frequency + 9 * down"),
    ("capabilities.py", 'if not roles or "run" in roles:', 'if roles and "run" not in roles:'),
    ("capabilities.py", "alike = [pool for pool in pools.values() if pool.kind == kind]", "alike = []"),
    ("capabilities.py", "[] if name in CHANGING else", "[] if name not in CHANGING else"),
    ("build.py", "[s for s in every if s.group == APPLICATION] or every", "every"),
    ("build.py", 'terms: list[Gate | str] = ["site/lan"]', "terms: list[Gate | str] = []"),
    ("machines.py", "AtLeast(len(planes) // 2 + 1, names)", "AtLeast(len(planes) // 2, names)"),
    ("machines.py", "quorum = sum(planes) // 2 + 1", "quorum = sum(planes) + 1"),
    ("machines.py", 'upgrade.mttr, "planned upgrades"', '2 * upgrade.mttr, "planned upgrades"'),
    ("machines.py", 'frame.rate("host.spare" if spare else "host")', 'frame.rate("host" if spare else "host.spare")'),
    ("machines.py", "All((LongDown(self.name, delay), *given))", "LongDown(self.name, delay)"),
    ("machines.py", '("vm" if node.virtual else "node.kubelet")', '("node.kubelet" if node.virtual else "vm")'),
    ("mobile.py", "return Mobility.STUCK", "return Mobility.FREE"),
    ("mobile.py", "key=lambda fact: fact.seconds", "key=lambda fact: -fact.seconds"),
    ("homes.py", "w for pattern, w in home.at.get(step.state, {}).items() if hit(pattern, step)", "w for pattern, w in home.at.get(step.state, {}).items() if not hit(pattern, step)"),
    ("homes.py", "if not set(home.possible) - step.nodes:", "if set(home.possible) - step.nodes:"),
    ("homes.py", "if chance < 1 - SURE:", "if chance < 0:"),
    ("pods.py", "pattern[0] in step.nodes and", "pattern[0] not in step.nodes and"),
    ("pods.py", "for node in pattern)\n\n\ndef _leads", "for node in pattern) + 1\n\n\ndef _leads"),
    ("pods.py", "gates.append(Failure(own, brief=False).borne(sooner, *through))", "pass"),
    ("pods.py", 'found = ["api"] if fact.api else []', "found: list[str] = []"),
    ("pods.py", 'frame.hours("person.frees")', 'frame.hours("person.frees") / 8'),
    ("rounds.py", "if node not in step.nodes]\n        wish", "]\n        wish"),
    ("rounds.py", "loads[node] = 0.0", "loads[node] = 1.0"),
    ("rounds.py", "order = sorted(free, key=lambda node: loads[node] / rooms[node])", "order = sorted(free, key=lambda node: -loads[node])"),
    ("services.py", "(Any_(gates), *whole, *reached)", "(Any_(gates), *reached)"),
    ("storage.py", "tolerated = pool.size - pool.min_size", "tolerated = pool.size"),
    ("timing.py", "frame.hours(grace) + borne", "frame.hours(grace)"),
    ("site.py", 'frame.every("site/lan", (power, switch))', 'frame.every("site/lan", (power,))'),
)  # fmt: skip
ASK = """
import sys
sys.path.insert(0, {tests!r})
from assess.model.test_model_figures import EXAMPLES, PINNED, table
sys.exit(any(table(name) != (PINNED / f"{{name}}.txt").read_text(encoding="utf-8") for name in EXAMPLES))
"""


def differs(source: Path) -> bool:
    """Whether a copy of the program has other figures, or none."""
    code = ASK.format(tests=str(ROOT / "tests"))
    env = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    return done.returncode != 0


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The program once more, whose figures are the pinned ones before anything is changed."""
    source = tmp_path_factory.mktemp("mutants")
    shutil.copytree(ROOT / "src" / "homelab", source / "homelab", ignore=shutil.ignore_patterns("__pycache__"))
    assert not differs(source)
    return source


@pytest.mark.parametrize(("file", "right", "wrong"), MUTANTS, ids=[f"{n}-{m[0]}" for n, m in enumerate(MUTANTS)])
def test_the_pinned_figures_find_a_mistake(copy, file, right, wrong):
    """No figure of any example may hold under it."""
    path = copy / MODEL / file
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    try:
        assert differs(copy)
    finally:
        path.write_text(text, encoding="utf-8")
