"""The chart repository of a twin: helm takes charts from it, with the values of their publisher's release."""

from __future__ import annotations

import json
import tarfile

import pytest

from homelab.documents.read import load
from homelab.tools.charts.content import content
from homelab.twin.shelf import publish, slug


@pytest.fixture
def chart(tmp_path):
    """A chart from a source tree, with what its release puts in place of placeholders."""
    folder = tmp_path / "shop"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.2.3\n")
    (folder / "values.yaml").write_text("image: {repository: shop, tag: UNRELEASED}\nreplicas: 1\n")
    (folder / "release-values.yaml").write_text("image: {tag: 1.2.3}\n")
    (folder / "templates" / "a.yaml").write_text("a: {{ .Values.image.tag }}\n")
    return content(folder)


def test_charts_stand_in_an_index(tmp_path, chart):
    """Each address has a folder of its own, with the name under which a chart is asked for."""
    publish(tmp_path / "out", {"https://charts.example.org/x": [("shop", chart)]})
    home = tmp_path / "out" / "charts.example.org-x"
    entry = json.loads((home / "index.yaml").read_text())["entries"]["shop"][0]
    assert (entry["version"], entry["urls"]) == ("1.2.3", ["shop-1.2.3.tgz"])
    assert (home / "shop-1.2.3.tgz").is_file()


def test_the_values_of_the_release_are_the_charts_own(tmp_path, chart):
    """Who pulls the archive gets what the published chart has; all other files are byte for byte the same."""
    publish(tmp_path / "out", {"oci://r": [("shop", chart)]})
    with tarfile.open(tmp_path / "out" / "r" / "shop-1.2.3.tgz") as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}
    assert load(files["shop/values.yaml"], "v")[0] == {"image": {"repository": "shop", "tag": "1.2.3"}, "replicas": 1}
    assert files["shop/templates/a.yaml"] == chart.files["templates/a.yaml"]


def test_equal_charts_make_equal_archives(tmp_path, chart):
    """Nothing of the day or of this machine gets into an archive."""
    for name in ("one", "two"):
        publish(tmp_path / name, {"https://c": [("shop", chart)]})
    one, two = ((tmp_path / name / "c" / "shop-1.2.3.tgz").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("https://Charts.example.org/a/B", "charts.example.org-a-b"),
        ("docker.io/envoyproxy", "docker.io-envoyproxy"),
        ("oci://ghcr.io/x/../y", "ghcr.io-x-..-y"),
    ],
)
def test_addresses_are_names_of_folders(address, folder):
    """No address leaves the folder of charts, and none is a path of several."""
    assert slug(address) == folder
    assert "/" not in slug(address)
