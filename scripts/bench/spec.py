"""How long a homelab.yaml takes: read with positions, typed, every rule asked."""

from __future__ import annotations

from measure import Measure, median_of

from homelab.spec.load import loads


def measures() -> list[Measure]:
    """Load and validate a file of a thousand lines; plain reading by PyYAML beside it."""
    import yaml

    text = large(1000)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    seconds = median_of(lambda: loads(text))
    peer = median_of(lambda: yaml.load(text, loader))  # noqa: S506 - a safe loader
    return [Measure("load and validate a 1,000-line homelab.yaml", 0.150, seconds, "PyYAML reads it", peer)]


def large(lines: int) -> str:
    """A lab of so many lines: nodes in block style, eight lines each."""
    head = [
        "homelab: v1",
        "name: large",
        "network:",
        "  nodes: 10.0.0.0/16",
        "  gateway: 10.0.0.1",
        "  api: 10.0.0.2",
        "  load_balancers: 10.0.200.1-10.0.200.200",
        "hosts:",
        *(f"  pve-{number}: {{cpu: 64, memory: 1024Gi, disks: {{nvme: 100TB}}}}" for number in range(20)),
        "nodes:",
    ]
    count = (lines - len(head)) // 8
    for number in range(count):
        role = "control-plane" if number < 3 else "worker"
        head += [
            f"  # the machine number {number}",
            f"  node-{number}:",
            f"    role: {role}",
            f"    host: pve-{number % 20}",
            f"    address: 10.0.{1 + number // 200}.{1 + number % 200}",
            "    cpu: 4",
            "    memory: 16Gi",
            "    disk: 100GB",
        ]
    head += [f"# line {number}" for number in range(len(head), lines)]
    return "\n".join(head) + "\n"
