"""What is in a chart, read within bounds, also where a hostile hand made it."""

from __future__ import annotations

import tarfile

import pytest

from homelab.tools.charts import content as contents
from homelab.tools.charts.content import ChartUnusable, content
from tools.charts.making import add, archive, files, folder


def test_a_folder_and_its_archive_are_the_same_chart(tmp_path):
    """Name, version, files and digest are equal, however the chart lies there; another byte is another digest."""
    one = content(folder(tmp_path / "any-name", files()))
    two = content(archive(tmp_path / "x.tgz", files()))
    assert (one.name, one.version, one.digest, dict(one.files)) == (two.name, two.version, two.digest, dict(two.files))
    assert content(folder(tmp_path / "other", files(**{"values.yaml": "a: 2\n"}))).digest != one.digest


@pytest.mark.parametrize(
    ("name", "facts", "complaint"),
    [
        ("../evil", {}, "outside of the chart"),
        ("/etc/evil", {}, "outside of the chart"),
        ("small/../../evil", {}, "outside of the chart"),
        ("small\\..\\..\\evil", {}, "outside of the chart"),
        ("small/link", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "a link or a device"),
        ("small/hard", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}, "a link or a device"),
        ("small/device", {"type": tarfile.CHRTYPE}, "a link or a device"),
        ("small/fifo", {"type": tarfile.FIFOTYPE}, "a link or a device"),
    ],
)
def test_an_archive_that_escapes_is_refused(tmp_path, name, facts, complaint):
    """A path out of the chart, a link or a device makes the whole archive unusable."""
    path = archive(tmp_path / "small.tgz", files())
    with tarfile.open(path, "w:gz") as packed:
        add(packed, "small/Chart.yaml", b"name: small")
        add(packed, name, **facts)
    with pytest.raises(ChartUnusable, match=complaint):
        content(path)


@pytest.mark.parametrize("bomb", ["large-file", "many-files", "large-header"])
def test_an_archive_that_explodes_is_refused(tmp_path, monkeypatch, bomb):
    """However little a bomb weighs packed: bytes, files and headers are counted while they come out."""
    monkeypatch.setattr(contents, "UNPACKED", 1 << 20)
    monkeypatch.setattr(contents, "FILES", 100)
    path = tmp_path / "bomb.tgz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as packed:
        if bomb == "large-file":
            add(packed, "small/a", b"\0" * (2 << 20))
        elif bomb == "many-files":
            for number in range(200):
                add(packed, f"small/{number}")
        else:
            add(packed, "small/a", pax_headers={"comment": "x" * (2 << 20)})
    assert path.stat().st_size < 20_000
    with pytest.raises(ChartUnusable, match="more than"):
        content(path)


def test_a_link_that_leaves_the_chart_is_refused(tmp_path):
    """A folder whose link leads out of it is not read; one that stays within is."""
    (tmp_path / "secret").write_text("s")
    chart = folder(tmp_path / "chart", files())
    (chart / "templates" / "b.yaml").symlink_to(chart / "values.yaml")
    assert content(chart).files["templates/b.yaml"] == b"a: 1\n"
    (chart / "templates" / "c.yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(ChartUnusable, match=r"templates/c\.yaml is a link that leaves the chart"):
        content(chart)


@pytest.mark.parametrize("raw", [b"", b"not gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff"])
def test_a_broken_archive_is_a_sentence(tmp_path, raw):
    """What is no archive, or one cut short, is refused with its path."""
    path = tmp_path / "broken.tgz"
    path.write_bytes(raw)
    with pytest.raises(ChartUnusable, match=r"broken\.tgz"):
        content(path)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("plain", frozenset()),
        (
            '{{ if .Capabilities.APIVersions.Has "a/v1" }}{{ if $.Capabilities.APIVersions.Has "b/v1/B" }}',
            {"a/v1", "b/v1/B"},
        ),
        ('{{ .Capabilities.APIVersions.Has (printf "%s" .x) }}', None),
        ("{{ range .Capabilities.APIVersions }}", None),
    ],
)
def test_a_chart_says_which_api_versions_it_asks_for(tmp_path, text, asked):
    """What templates name is known; where one asks for what it computes, any may matter."""
    found = content(folder(tmp_path, files(**{"templates/b.yaml": text}))).asked_apis
    assert found == asked


def test_kinds_are_seen_without_rendering(tmp_path):
    """The heads of the CRDs in `crds/`, a subchart's among them, without their schemas."""
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: {0}\nspec:\n  group: x.io\n  versions:\n  - name: v1\n    schema:\n      a: {{b: 1}}\n    served: true\n"
    made = files(**{"crds/a.yaml": crd.format("a"), "charts/sub/crds/b.yaml": crd.format("b")})
    found = content(folder(tmp_path, made)).crds
    assert sorted(body["metadata"]["name"] for body in found) == ["a", "b"]
    assert found[0]["spec"] == {"group": "x.io", "versions": [{"name": "v1", "served": True}]}
