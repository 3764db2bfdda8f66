"""`homelab charts` and the flags about charts: what is at hand, what is asked, and what is never asked."""

from __future__ import annotations

import json
import sys

import jsonschema_rs
import pytest

from homelab.cli.console import Console
from homelab.cli.schema import published
from homelab.errors import ToolError
from homelab.tools.charts.pull import FetchCommand, FetchLibrary
from homelab.tools.helm import HelmCommand, HelmLibrary
from tools.charts.making import archive, files, folder

CONFIGMAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository that installs one chart which nobody knows; a cache of its own, and no network."""
    monkeypatch.setattr("homelab.lab.charts.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(
        "homelab.tools.charts.address.socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 0))]
    )
    monkeypatch.delenv("HOMELAB_CHARTS", raising=False)
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: app, namespace: argocd}\nspec:\n  project: default\n"
        "  source: {repoURL: https://charts.example.org, chart: small, targetRevision: 1.0.0}\n  destination: {namespace: app}\n"
    )
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "app.yaml").write_text(text)
    return tmp_path / "lab"


@pytest.fixture
def helm(monkeypatch):
    """A helm that renders one ConfigMap of every chart and pulls one small chart; it notes what it is asked for."""
    asked = []

    def render(_self, template):
        asked.append(f"render {template.chart.name}")
        return [CONFIGMAP]

    def fetch(_self, reference, repository, version, folder):
        asked.append(f"pull {reference} {version} from {repository}")
        archive(folder / "small-1.0.0.tgz", files())

    for way in (HelmLibrary, HelmCommand):
        monkeypatch.setattr(way, "render", render)
    for way in (FetchLibrary, FetchCommand):
        monkeypatch.setattr(way, "__call__", fetch)
    monkeypatch.setattr("homelab.tools.helm.identity", lambda: "a helm")
    return asked


def unknown(done) -> list[str]:
    return [gap["why"] for gap in json.loads(done.out)["unknown"] if gap["what"].startswith("app:")]


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_given_charts_are_rendered(homelab, repository, helm, tmp_path, monkeypatch, how):
    """A folder named by --charts or by HOMELAB_CHARTS is where charts are taken from."""
    folder(tmp_path / "charts" / "small", files())
    if how == "variable":
        monkeypatch.setenv("HOMELAB_CHARTS", str(tmp_path / "charts"))
    flags = ["--charts", tmp_path / "charts"] if how == "flag" else []
    done = homelab("assess", repository, "--json", *flags)
    assert unknown(done) == []
    assert helm == ["render small"]
    assert done.err == ""


def test_what_is_not_at_hand_is_said_once_and_not_pulled(homelab, repository, helm):
    """Without --pull nobody is asked; the answer says what is unknown, and one note what to do."""
    done = homelab("assess", repository, "--json")
    assert [why.count("--pull fetches it") for why in unknown(done)] == [1]
    assert done.err.splitlines() == [
        "not read, 1 chart: small 1.0.0", "  the chart is not at hand: --pull fetches it, --charts names its folder",
    ]  # fmt: skip
    assert helm == []


@pytest.mark.parametrize("command", ["assess", "uptime"])
def test_pull_lets_helm_ask_the_network(homelab, repository, helm, command):
    """With --pull helm fetches what is not at hand, once; the next run takes it from the cache."""
    homelab(command, repository, "--pull")
    homelab(command, repository)
    assert helm == ["pull small 1.0.0 from https://charts.example.org", "render chart.tgz"]


def test_pull_and_offline_contradict(homelab, repository):
    """Both at once is a mistake."""
    done = homelab("assess", repository, "--pull", "--offline")
    assert done.code == 2
    assert "contradict" in done.err


@pytest.mark.parametrize(
    ("answer", "flags"),
    [(True, ()), (False, ()), (True, ("--offline",))],
)
def test_on_a_terminal_assess_asks_before_it_pulls(homelab, repository, helm, monkeypatch, answer, flags):
    """One line says what and from where; a no, or --offline, leaves the network alone."""
    said = []
    monkeypatch.setattr("click.confirm", lambda text, **_: said.append(text) or answer)
    monkeypatch.setattr("homelab.cli.charts.flags.watched", lambda _console: True)
    homelab("assess", repository, *flags, console=Console(terminal=True))
    assert len([each for each in helm if each.startswith("pull")]) == int(answer and not flags)
    if flags:
        assert said == []
    else:
        assert said == [
            "1 chart not at hand: small 1.0.0\nLet helm pull them from charts.example.org (some 100 kB each)?"
        ]


def test_a_folder_that_is_not_there_is_a_mistake(homelab, repository, tmp_path):
    """A misspelt --charts is said, not passed by."""
    done = homelab("assess", repository, "--charts", tmp_path / "gone")
    assert done.code == 2
    assert "does not exist" in done.err


def test_charts_are_listed_pulled_and_cleared(homelab, repository, helm):
    """`charts` says what a repository needs, has helm pull it, lists the cache, and clears it; each as its schema says."""
    valid = jsonschema_rs.validator_for(published("charts")).validate
    said = []
    for words in (
        ("list", repository),
        ("pull", repository),
        ("list", repository),
        ("list",),
        ("prune",),
        ("prune", "--all"),
        ("list",),
    ):
        done = homelab("charts", *words, "--json")
        said.append((done.code, json.loads(done.out)))
        valid(said[-1][1])
    first, pulled, again, cached, kept, cleared, empty = said
    assert [(code, data["charts"][0]["from"]) for code, data in (first, pulled, again)] == [
        (1, "missing"),
        (0, "cache"),
        (0, "cache"),
    ]
    assert [entry["name"] for entry in cached[1]["cached"]] == ["small"]
    assert (kept[1]["removed"], len(cleared[1]["removed"]), empty[1]["cached"]) == ([], 1, [])
    assert len(helm) == 1


def test_charts_are_listed_for_people(homelab, repository, helm):
    """The tables name each chart with where it comes from, and count them."""
    assert "small  1.0.0   –      missing" in homelab("charts", "list", repository).out
    assert "1 chart, 0 missing" in homelab("charts", "pull", repository).out
    assert "1 chart in the cache" in homelab("charts", "list").out
    assert "1 chart and no renders removed" in homelab("charts", "prune", "--all").out
    assert homelab("charts", "prune").out == "there is nothing to remove\n"


def test_a_failed_pull_goes_on(homelab, repository, helm, monkeypatch):
    """Where helm cannot pull, the rest is judged, and helm's words are said."""

    def fail(*_args):
        raise ToolError("helm failed with code 1: no such host")

    for way in (FetchLibrary, FetchCommand):
        monkeypatch.setattr(way, "__call__", fail)
    done = homelab("assess", repository, "--pull", "--json")
    assert ["no such host" in why for why in unknown(done)] == [True]
    assert "no such host" in done.err
    assert "helm_python" not in sys.modules
