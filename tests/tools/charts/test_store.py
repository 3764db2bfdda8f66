"""Where a chart comes from: given, carried along, cached, pulled, in this order; and what is said where it comes from nowhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from homelab.errors import ToolError
from homelab.tools.charts.cache import Cache
from homelab.tools.charts.content import ChartUnusable
from homelab.tools.charts.pull import FetchCommand, HelmPuller
from homelab.tools.charts.staged import whole
from homelab.tools.charts.store import Absent, Store, Wanted
from homelab.tools.fake import play, said
from tools.charts.making import archive, files, folder

URL = "https://charts.example.org"


class Pulls:
    """A helm that pulls what was laid out for it, and counts how often it is asked."""

    def __init__(self, path, made, name="small-1.0.0.tgz"):
        self.path, self.made, self.name, self.asked = path, made, name, []

    def __call__(self, reference, repository, version, folder):
        self.asked.append((reference, repository, version))
        archive(folder / self.name, self.made)


def puller(fetch, resolve=lambda _host: ["93.184.215.14"]):
    return HelmPuller(fetch, resolve=resolve, environ={"HOME": "/nowhere"})


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_a_given_chart_is_found_by_what_it_says_of_itself(tmp_path, cache):
    """Folders and archives are found by the name in Chart.yaml, not their own, one and two levels down, or as such."""
    folder(tmp_path / "charts" / "publisher" / "odd-name", files(version="1.1.0"))
    archive(tmp_path / "charts" / "small-1.0.0.tgz", files())
    folder(tmp_path / "charts" / "json", {"Chart.yaml": "{apiVersion: v2, name: small, version: v1.2.0}"})
    store = Store(cache, [tmp_path / "charts"])
    assert [store.find(Wanted(URL, "small", v)).version for v in ("1.0.0", "1.1.0", "1.2.0", "1.1", "^1")] == [
        "1.0.0", "1.1.0", "v1.2.0", "1.1.0", "v1.2.0",
    ]  # fmt: skip
    direct = [tmp_path / "charts" / "small-1.0.0.tgz", tmp_path / "charts" / "publisher" / "odd-name"]
    assert [Store(cache, [path]).find(Wanted(URL, "small")).path for path in direct] == direct


def test_a_chart_that_is_nowhere_is_said_with_what_to_do(tmp_path, cache):
    """Another version that is at hand is named; the network is not asked by itself."""
    folder(tmp_path / "charts" / "small", files())
    with pytest.raises(Absent, match=r"at hand: 1\.0\.0.*--pull fetches it") as found:
        Store(cache, [tmp_path / "charts"]).find(Wanted(URL, "small", "2.0.0"))
    assert found.value.wanted == Wanted(URL, "small", "2.0.0")


@pytest.mark.parametrize(
    ("name", "version"), [("-oops", "1"), ("../up", "1"), ("a", "--post-renderer=x"), ("a b", "1"), ("", "1")]
)
def test_nothing_of_a_repository_becomes_an_option_of_helm(tmp_path, cache, name, version):
    """A name or version that could be an option, a path or two words is refused before anybody is asked."""
    fetch = Pulls(tmp_path, files())
    with pytest.raises(ToolError):
        Store(cache, puller=puller(fetch)).find(Wanted(URL, name, version))
    assert fetch.asked == []


def test_a_chart_is_pulled_once(tmp_path, cache):
    """It is pulled by helm, kept with its digest, and found in the cache from then on, by its version and by a range."""
    fetch = Pulls(tmp_path, files())
    store = Store(cache, puller=puller(fetch))
    assert store.find(Wanted(URL + "/", "small", "^1")).version == "1.0.0"
    assert store.find(Wanted(URL, "small", "1.0.0")).version == "1.0.0"
    assert Store(cache).find(Wanted(URL, "small")).name == "small"
    assert fetch.asked == [("small", URL, "^1")]
    assert [(p.repository, p.name, p.version, len(p.digest)) for p in cache.all()] == [(URL, "small", "1.0.0", 64)]
    with pytest.raises(Absent):
        Store(cache).find(Wanted("https://other.example.org", "small", "1.0.0"))


def test_a_registry_is_asked_by_reference(tmp_path, cache):
    """A chart in a registry is pulled by its whole reference, below its path; without a scheme it is a registry too."""
    fetch = Pulls(tmp_path, files())
    Store(cache, puller=puller(fetch)).find(Wanted("ghcr.io/org", "charts/small", "1.0.0"))
    assert fetch.asked == [("oci://ghcr.io/org/charts/small", "", "1.0.0")]


def test_the_command_gets_no_credentials_and_no_more_than_it_needs(tmp_path):
    """`helm pull` is told the chart, the place and the version; its memory, its files and its time are bounded."""
    runner = play(said("helm", "pull", "small", "--destination", str(tmp_path), "--repo", URL, "--version", "1.0.0"))
    FetchCommand(runner, {"HELM_CONFIG_HOME": "/h", "SECRET_TOKEN": "x"})("small", URL, "1.0.0", tmp_path)
    call = runner.calls[0]
    assert dict(call.env) == {"HELM_CONFIG_HOME": "/h"}
    assert call.memory
    assert call.largest
    assert call.timeout <= 120


def test_what_cannot_be_pulled_is_asked_once(tmp_path, cache):
    """A refusal by helm is said in its words, and the next one who wants the chart hears the same without a second try."""
    argv = "helm", "pull", "small", "..."
    runner = play(said(*argv, stderr="Error: no such chart", code=1))
    store = Store(cache, puller=puller(FetchCommand(runner, {})))
    for _ in range(2):
        with pytest.raises(Absent, match="no such chart"):
            store.find(Wanted(URL, "small", "1.0.0"))
    assert len(runner.calls) == 1


def test_helm_is_not_sent_to_an_inner_address(tmp_path, cache):
    """A repository that resolves to this network is not asked, whatever its name."""
    fetch = Pulls(tmp_path, files())
    store = Store(cache, puller=puller(fetch, lambda _host: ["192.168.1.1"]))
    with pytest.raises(Absent, match=r"192\.168\.1\.1, which is not in the public Internet"):
        store.find(Wanted(URL, "small", "1.0.0"))
    assert fetch.asked == []


def test_a_pulled_chart_that_changed_is_not_used(tmp_path, cache):
    """An archive that differs from its kept digest is refused, and so is a repository that serves another text later."""
    store = Store(cache, puller=puller(Pulls(tmp_path, files())))
    store.find(Wanted(URL, "small", "1.0.0"))
    kept = next(cache.all())
    kept.archive.write_bytes(archive(tmp_path / "b.tgz", files(**{"values.yaml": "a: evil"})).read_bytes())
    with pytest.raises(ChartUnusable, match="not what was pulled"):
        Store(cache).find(Wanted(URL, "small", "1.0.0"))
    with pytest.raises(ChartUnusable, match="serves another text"):
        cache.keep(URL, kept.archive)


def test_an_archive_of_another_chart_is_not_taken(tmp_path, cache):
    """A repository that serves another chart under the name is not believed."""
    fetch = Pulls(tmp_path, files(name="other"))
    with pytest.raises(Absent, match="serves other as small"):
        Store(cache, puller=puller(fetch)).find(Wanted(URL, "small", "1.0.0"))


def test_charts_of_the_repository_are_at_hand(tmp_path, cache):
    """What lies in a folder called charts, anywhere in the repository, needs no network; a kustomization's own comes first."""
    folder(tmp_path / "lab" / "apps" / "charts" / "small", files())
    folder(tmp_path / "lab" / "own" / "small", files(**{"values.yaml": "a: 2\n"}))
    store = Store(cache, root=tmp_path / "lab")
    assert store.find(Wanted(URL, "small", "1.0.0")).values("values.yaml") == {"a": 1}
    assert store.find(Wanted(URL, "small", "1.0.0"), [tmp_path / "lab" / "own" / "small"]).values("values.yaml") == {
        "a": 2
    }


def umbrella(*dependencies):
    listed = "".join(f"\n- {{name: {n}, version: '{v}', repository: '{r}'}}" for n, v, r in dependencies)
    return files(name="umbrella") | {
        "Chart.yaml": f"apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:{listed}\n"
    }


def test_a_chart_gets_what_it_depends_on(tmp_path, cache):
    """Dependencies that are not carried along come from the store or from beside, at the locked version; the repository stays."""
    folder(tmp_path / "given" / "small", files())
    folder(tmp_path / "given" / "newer", files(version="1.9.0"))
    root = tmp_path / "lab"
    made = umbrella(("small", "^1", URL), ("beside", "1.0.0", "file://../beside"))
    made["Chart.lock"] = f"dependencies:\n- {{name: small, version: 1.0.0, repository: '{URL}'}}\n"
    folder(root / "app", made)
    folder(root / "beside", files(name="beside"))
    before = sorted(root.rglob("*"))
    found = whole(root / "app", Store(cache, [tmp_path / "given"], root), tmp_path / "scratch")
    inner = sorted(name for name in found.files if name.endswith("/Chart.yaml"))
    assert inner == ["charts/beside-1/Chart.yaml", "charts/small-0/Chart.yaml"]
    assert b"1.0.0" in found.files["charts/small-0/Chart.yaml"]
    assert sorted(root.rglob("*")) == before


def test_a_whole_chart_is_taken_as_it_lies(tmp_path, cache):
    """A chart that carries its dependencies, as folder or archive, is not copied."""
    root = folder(tmp_path / "lab", umbrella(("small", "^1", URL)))
    archive(root / "charts" / "small-1.0.0.tgz", files())
    assert whole(root, Store(cache, root=root), tmp_path / "scratch").path == root


def test_a_dependency_outside_of_the_repository_is_not_read(tmp_path, cache):
    """A chart that reaches out of the repository, or that depends on itself, is refused."""
    root = tmp_path / "lab"
    folder(root / "app", umbrella(("small", "1.0.0", "file://../../outside")))
    folder(tmp_path / "outside", files())
    with pytest.raises(ChartUnusable, match="outside of the repository"):
        whole(root / "app", Store(cache, root=root), tmp_path / "scratch")
    folder(root / "circle", umbrella(("umbrella", "2.0.0", "file://../circle")))
    with pytest.raises(ChartUnusable, match="depends on itself"):
        whole(root / "circle", Store(cache, root=root), tmp_path / "scratch2")


def test_no_pull_outlives_its_answer():
    """What a fake helm answers without an archive is said, not taken for one."""
    runner = play(said("helm", "pull", "..."))
    with pytest.raises(ToolError, match="0 archives"):
        puller(FetchCommand(runner, {})).pull(Wanted(URL, "small", "1.0.0"), Cache(None))


def test_two_who_want_the_same_chart_pull_it_once(tmp_path, cache):
    """Several releases of one chart, asked for at the same time, are one pull."""
    fetch = Pulls(tmp_path, files())
    store = Store(cache, puller=puller(fetch))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: store.find(Wanted(URL, "small", "1.0.0")).version, range(8)))
    assert found == ["1.0.0"] * 8
    assert len(fetch.asked) == 1
