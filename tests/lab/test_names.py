"""Names that only the judging wing knows: accepted checks and replaced rates."""

from __future__ import annotations

import pytest

from homelab.errors import InvalidHomelab
from homelab.lab.names import unknown_names
from homelab.lab.pipeline import Lab
from homelab.spec.load import of_data

SMALL = {
    "homelab": "v1",
    "name": "small",
    "network": {"nodes": "10.0.7.0/24", "gateway": "10.0.7.1", "load_balancers": "10.0.7.200-10.0.7.210"},
    "nodes": {"mini": {"role": "control-plane", "address": "10.0.7.20", "cpu": 4, "memory": "8Gi", "disk": "50GB"}},
}
WHY = "it is how it is"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"accept": [{"check": "pdb-mising", "reason": WHY}]}, "accept.0.check: pdb-mising is not a check | did you mean pdb-missing?"),
        ({"accept": [{"check": "x", "reason": WHY}]}, "accept.0.check: x is not a check | `homelab explain` lists them"),
        ({"rates": {"hosts": {"mttf": 9000}}}, "rates.hosts: hosts is not a rate | did you mean host?"),
        ({"rates": {"host": {"reason": WHY}}}, "rates.host: says neither mttf nor mttr, so nothing changes | give one of them, in hours"),
    ],
)  # fmt: skip
def test_name_of_nothing_is_refused(more, said):
    """An exception for no check and a rate of nothing are mistakes with the nearest name."""
    (problem,) = unknown_names(of_data({**SMALL, **more}))
    assert f"{problem.option}: {problem.message} | {problem.hint}" == said


def test_known_names_are_taken():
    """Ids of checks and names of rates are taken."""
    more = {"accept": [{"check": "pdb-missing", "reason": WHY}], "rates": {"host": {"mttf": 9000}}}
    assert list(unknown_names(of_data({**SMALL, **more}))) == []


def test_loading_a_lab_refuses_them(tmp_path):
    """Whoever loads a lab without the command hears of it too, with the line."""
    file = tmp_path / "homelab.yaml"
    import json

    file.write_text(json.dumps({**SMALL, "rates": {"hosts": {"mttf": 1}}}, indent=1))
    with pytest.raises(InvalidHomelab, match=r"homelab.yaml:\d+:\d+ rates.hosts"):
        Lab.load(str(file))
