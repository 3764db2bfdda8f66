"""Version steps: what cannot follow at once on what is rendered, and the contract that no bump moves."""

from __future__ import annotations

import json

import pytest

from cli.conftest import LAB
from homelab.errors import InvalidHomelab
from homelab.lab.pipeline import Lab
from homelab.lab.steps import path, runs, version_steps
from homelab.render import layout
from homelab.spec.load import loads


def lab_of(talos: str, kubernetes: str, contract: str = "") -> str:
    more = f", contract: {contract}" if contract else ""
    return (
        LAB.replace("cpu:", "mac: aa:bb:cc:00:11:22, cpu:")
        + f"versions: {{talos: {talos}, kubernetes: {kubernetes}{more}}}\n"
    )


def rendered(tmp_path, text: str, existing: dict[str, str] | None = None) -> dict[str, str]:
    """The texts of a lab, rendered over what was there."""
    file = tmp_path / "homelab.yaml"
    file.write_text(text)
    return Lab.load(str(file), existing).tree.texts()


def cluster(texts: dict[str, str]) -> dict[str, str]:
    return json.loads(texts[layout.VARIABLES])["cluster"]


@pytest.mark.parametrize(("old", "new", "told"), [
    (("1.10.6", "1.33.2"), ("1.13.9", "1.35.2"), "Talos 1.11, 1.12, 1.13, then Kubernetes 1.34, 1.35"),
    (("1.12.1", "1.35.0"), ("1.13.9", "1.36.0"), "Talos 1.13, then Kubernetes 1.36"),
    (("1.13.9", "1.33.2"), ("1.13.9", "1.35.2"), "Kubernetes 1.34, 1.35"),
    (("1.10.6", "1.28.3"), ("1.11.0", "1.30.0"), "Kubernetes 1.29, then Talos 1.11, then Kubernetes 1.30"),
])  # fmt: skip
def test_steps_that_cannot_be_done_at_once_are_named_in_their_order(old, new, told):
    """Minors are not skipped, and each pair on the way runs together: the steps stand in the mend, on the option that asks too much."""
    existing = {layout.LAB: f"name: small\ntalos: {old[0]}\nkubernetes: {old[1]}\n"}
    (found,) = version_steps(loads(lab_of(*new), "homelab.yaml"), existing)
    assert found.hint.endswith(f"each time: {told}")
    assert found.option in {"versions.talos", "versions.kubernetes"}


@pytest.mark.parametrize(
    "new", [("1.12.9", "1.34.1"), ("1.13.0", "1.34.1"), ("1.12.1", "1.35.0"), ("1.12.1", "1.34.0")]
)
def test_one_minor_of_one_of_them_is_a_step(tmp_path, new):
    """Patches, one minor of Talos or one of Kubernetes can be done at once, and a new repository has nothing to step from."""
    existing = rendered(tmp_path, lab_of("1.12.1", "1.34.0"))
    assert list(version_steps(loads(lab_of(*new), "homelab.yaml"), existing)) == []
    assert list(version_steps(loads(lab_of(*new), "homelab.yaml"), {})) == []


def test_nothing_goes_back(tmp_path):
    """An earlier minor of either is a finding of its own."""
    existing = rendered(tmp_path, lab_of("1.13.9", "1.35.2"))
    found = list(version_steps(loads(lab_of("1.12.1", "1.34.1"), "homelab.yaml"), existing))
    assert [f.option for f in found] == ["versions.talos", "versions.kubernetes"]
    assert all("is not taken back" in f.message for f in found)


def test_every_state_on_a_way_runs():
    """No pair of the way is one that Talos does not run; where there is no way, none is made up."""
    way = path((10, 28), (13, 36))
    assert way is not None
    assert all(map(runs, way))
    assert path((10, 28), (10, 36)) is None


def test_a_bump_of_talos_leaves_the_contract_where_it_was(tmp_path):
    """The contract of the first day is remembered by the repository, whatever Talos becomes; the option alone moves it."""
    first = rendered(tmp_path, lab_of("1.12.1", "1.34.0"))
    assert cluster(first)["contract"] == "1.12.1"
    bumped = rendered(tmp_path, lab_of("1.13.9", "1.34.0"), first)
    assert (cluster(bumped)["talos"], cluster(bumped)["contract"]) == ("1.13.9", "1.12.1")
    again = rendered(tmp_path, lab_of("1.13.9", "1.34.0"), bumped)
    assert {name: again[name] for name in bumped} == bumped
    moved = rendered(tmp_path, lab_of("1.13.9", "1.34.0", "1.13.0"), bumped)
    assert cluster(moved)["contract"] == "1.13.0"


def test_a_repository_that_knows_no_contract_has_the_one_of_its_talos(tmp_path):
    """An earlier release generated for the version itself: that is what the nodes have."""
    first = rendered(tmp_path, lab_of("1.12.1", "1.34.0"))
    data = json.loads(first[layout.VARIABLES])
    del data["cluster"]["contract"]
    old = {**first, layout.VARIABLES: json.dumps(data)}
    assert cluster(rendered(tmp_path, lab_of("1.13.9", "1.34.0"), old))["contract"] == "1.12.1"


def test_a_contract_that_talos_does_not_know_is_a_mistake(tmp_path):
    """An older Talos refuses the fields of a newer contract, said or remembered."""
    with pytest.raises(InvalidHomelab, match=r"versions\.contract"):
        rendered(tmp_path, lab_of("1.12.1", "1.34.0", "1.13.0"))
    first = rendered(tmp_path, lab_of("1.13.9", "1.34.0"))
    with pytest.raises(InvalidHomelab, match=r"versions\.talos"):
        rendered(tmp_path, lab_of("1.12.1", "1.34.0"), first)


def test_a_contract_is_not_taken_back(tmp_path):
    """An older contract than the repository's would replace the secrets of the cluster: it is a mistake, also by a patch release."""
    first = rendered(tmp_path, lab_of("1.13.9", "1.34.0"))
    for older in ("1.12.1", "1.13.8"):
        with pytest.raises(InvalidHomelab, match=r"versions\.contract: .* secrets of the whole cluster"):
            rendered(tmp_path, lab_of("1.13.9", "1.34.0", older), first)
    assert cluster(rendered(tmp_path, lab_of("1.13.9", "1.34.0", "1.12.1")))["contract"] == "1.12.1"


def test_the_upgrade_page_names_the_command_once_it_is_the_turn(tmp_path):
    """While the contract is older than what runs, the page says how it follows; where it is not, that it may follow later."""
    first = rendered(tmp_path, lab_of("1.12.1", "1.34.0"))
    bumped = rendered(tmp_path, lab_of("1.13.9", "1.34.0"), first)
    assert "homelab contract --move-to" not in first["docs/upgrade.md"]
    page = bumped["docs/upgrade.md"]
    assert "homelab contract --move-to 1.13.9\nhomelab render\n" in page
    assert page.index("\n## Talos\n") < page.index("homelab contract --move-to")


def test_an_old_contract_does_not_name_machines_twice(tmp_path):
    """Beside documents that name machines, the name that a contract before 1.12 gives is switched off; elsewhere nothing is said."""
    first = rendered(tmp_path, lab_of("1.11.5", "1.33.0"))
    everywhere = "tofu/talos/patches/all.yaml"
    assert "stableHostname" not in first[everywhere]
    assert "stableHostname: false" in rendered(tmp_path, lab_of("1.12.1", "1.33.0"), first)[everywhere]
    assert "stableHostname" not in rendered(tmp_path, lab_of("1.12.1", "1.33.0"))[everywhere]
