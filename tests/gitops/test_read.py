"""What a repository deploys: walked as Argo CD walks it, the same from texts as from a Tree, and never past bad files."""

from __future__ import annotations

import pytest

from homelab.documents.read import load, positioned
from homelab.errors import UnreadableRepository
from homelab.gitops import repository
from homelab.gitops.read import read
from homelab.gitops.rendering import NotAtHand, Refused, Rendered
from homelab.gitops.repository import of_folder, of_texts, of_tree
from homelab.kube.tree import TextFile, Tree, YamlFile


def application(name: str, path: str, more: str = "") -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, annotations: {{argocd.argoproj.io/sync-wave: "3"}}}}
spec:
  project: default
  source: {{repoURL: https://git.example.org/lab.git, path: {path}}}
  destination: {{namespace: {name}}}
{more}"""


def configmap(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


def names(inventory, kind: str = "ConfigMap") -> list[str]:
    return sorted(f"{r.namespace}/{r.name}" for r in inventory.of(kind))


LAB = {
    "sets/root.yaml": """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: root, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{area: infrastructure}, {area: apps}]}}]
  template:
    metadata: {name: "{{ .area }}"}
    spec:
      source: {repoURL: https://git.example.org/lab.git, path: "sets/{{.area}}"}
      destination: {namespace: argocd}
""",
    "sets/infrastructure/cache.yaml": application("cache", "kubernetes/cache"),
    "sets/apps/web.yaml": application("web", "kubernetes/web"),
    "kubernetes/cache/kustomization.yaml": "resources: [a.yaml]\nnamespace: elsewhere\n",
    "kubernetes/cache/a.yaml": configmap("a"),
    "kubernetes/cache/forgotten.yaml": configmap("forgotten"),
    "kubernetes/web/b.yaml": configmap("b"),
    "kubernetes/web/deeper/c.yaml": configmap("c"),
    "docs/example.yaml": configmap("example"),
}


def test_applications_are_followed_to_the_end():
    """Root ApplicationSet, its Applications, theirs, and what those deploy; a plain folder is not read below itself."""
    inventory = read(of_texts(LAB))
    assert [a.name for a in inventory.applications] == ["infrastructure", "apps", "cache", "web"]
    assert names(inventory) == ["elsewhere/a", "web/b"]
    assert next(a for a in inventory.applications if a.name == "cache").wave == 3


def test_what_no_application_reaches_is_dead():
    """Files beside a kustomization that does not list them, and below a plain folder, are dead; documentation is not."""
    inventory = read(of_texts(LAB))
    assert sorted(d.file for d in inventory.dead) == ["kubernetes/cache/forgotten.yaml", "kubernetes/web/deeper/c.yaml"]


def test_objects_know_their_file_and_application():
    """An object's origin names the file it was declared in and the Application that deploys it."""
    inventory = read(of_texts(LAB))
    found = inventory.get("ConfigMap", "elsewhere", "a")
    assert (found.origin.file, found.origin.application) == ("kubernetes/cache/a.yaml", "cache")
    assert inventory.place(found, "metadata.name").line == 3


def test_a_tree_reads_as_its_texts_do():
    """The Inventory of a Tree equals that of the files it would be written as."""
    tree = Tree(
        {path: YamlFile(tuple(load(text, path))) for path, text in LAB.items()} | {"README.md": TextFile("# x\n")}
    )
    one, other = read(of_tree(tree)), read(of_texts(tree.texts()))
    assert one.resources == other.resources
    assert one.dead == other.dead
    assert one.applications == other.applications
    assert one.facts == other.facts


def test_directories_generate_applications():
    """A git directory generator matches one level, skips hidden folders, and an exclusion wins wherever it stands."""
    files = {
        "set.yaml": """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators: [{git: {directories: [{path: apps/old, exclude: true}, {path: apps/*}]}}]
  template:
    metadata: {name: "{{path.basename}}"}
    spec: {source: {repoURL: x, path: "{{path}}"}, destination: {namespace: "{{path[1]}}"}}
""",
        "apps/web/a.yaml": configmap("a"),
        "apps/old/b.yaml": configmap("b"),
        "apps/.hidden/c.yaml": configmap("c"),
        "apps/web/deep/d.yaml": configmap("d"),
    }
    inventory = read(of_texts(files))
    assert [a.name for a in inventory.applications] == ["web"]
    assert names(inventory) == ["web/a"]


def test_a_gap_in_a_template_is_unknown():
    """A parameter that the generator does not give makes no Application and is said."""
    files = {
        "set.yaml": """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: web}]}}, {scmProvider: {github: {}}}]
  template: {metadata: {name: "{{.name}}"}, spec: {source: {path: "{{.folder}}"}, destination: {}}}
"""
    }
    inventory = read(of_texts(files))
    assert inventory.applications == ()
    said = [gap.why for gap in inventory.unknown]
    assert any("{{.folder}}" in why for why in said)
    assert any("scmProvider" in why for why in said)


CHART = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: seal, namespace: argocd}
spec:
  sources:
    - repoURL: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      targetRevision: 3.13.1
      helm:
        valueFiles: [$lab/one.yaml, $lab/two.yaml]
        values: "resources: {limits: {memory: 1Gi}}"
        valuesObject: {resources: {limits: {cpu: 2}}}
        parameters: [{name: resources.requests.cpu, value: 30m}]
    - {repoURL: https://git.example.org/lab.git, ref: lab}
  destination: {namespace: kube-system}
"""


def test_values_merge_as_helm_merges_them():
    """Files in their order, then the object, which counts alone, then parameters; maps merge, null removes."""
    files = {
        "app.yaml": CHART,
        "one.yaml": "replicas: 3\nresources: {limits: {memory: 5Gi}, requests: {memory: 1Mi}}\n",
        "two.yaml": "replicas: 2\n",
    }
    inventory = read(of_texts(files))
    deployment = next(iter(inventory.of("Deployment")))
    assert deployment.name == "seal-metrics-server"
    assert deployment.get("spec.replicas") == 2
    assert deployment.get("spec.template.spec.containers.0.resources") == {
        "limits": {"memory": "5Gi", "cpu": 2},
        "requests": {"memory": "1Mi", "cpu": "30m"},
    }
    assert deployment.origin.maker == "chart"
    assert deployment.origin.via == "metrics-server 3.13.1"
    assert deployment.origin.file == "two.yaml"


def test_an_unknown_chart_is_unknown():
    """A chart nobody knows and a values file that is not there are said, with the Application's place."""
    files = {"app.yaml": CHART.replace("chart: metrics-server", "chart: mystery")}
    said = [(gap.why, gap.place.file) for gap in read(of_texts(files)).unknown]
    assert [why for why, _ in said if "not known" in why]
    assert [why for why, _ in said if "not there" in why]
    assert {file for _, file in said} == {"app.yaml"}


class Answers:
    """A helm that answers every question alike, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, []

    def brings(self, _asked):
        return []

    def render(self, asked):
        self.asked.append(asked)
        return [self.answers[min(len(self.asked), len(self.answers)) - 1] for _ in asked]


RENDERED = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rendered"}}
WITH_FILES = {"app.yaml": CHART, "one.yaml": "{}", "two.yaml": "{}"}


def test_a_chart_without_a_version_is_said():
    """Argo CD refuses a chart without targetRevision; it is said at the source, and the rest of the repository is read."""
    files = {
        **WITH_FILES,
        "app.yaml": CHART.replace("      targetRevision: 3.13.1\n", ""),
        "other.yaml": configmap("a"),
    }
    gap = next(gap for gap in read(of_texts(files)).unknown if "targetRevision" in gap.why)
    assert (gap.what, gap.place.file, gap.place.line) == ("seal", "app.yaml", 7)


def test_helm_at_hand_wins():
    """Where helm renders, its objects count, and nothing is unknown that only the other road could not tell."""
    inventory = read(of_texts(WITH_FILES), helm=Answers(Rendered((RENDERED,))))
    assert names(inventory) == ["kube-system/rendered"]
    assert not inventory.of("Deployment")
    other = {**WITH_FILES, "app.yaml": CHART.replace("chart: metrics-server", "chart: mystery")}
    assert read(of_texts(other), helm=Answers(Rendered((RENDERED,)))).unknown == ()


def test_what_helm_refuses_is_not_deployed():
    """A chart that helm refuses makes nothing, whatever is known of it, and helm's words say why, at the Application."""
    inventory = read(of_texts(WITH_FILES), helm=Answers(Refused("helm refuses the chart: no such key")))
    assert names(inventory) == []
    assert [(gap.why, gap.subject.name) for gap in inventory.unknown] == [
        ("helm refuses the chart: no such key", "seal")
    ]


def test_a_chart_that_is_not_at_hand_goes_the_next_road():
    """Where helm has no chart, what is known of it counts; where nothing is known, the sentence says what to do."""
    gone = NotAtHand("the chart is not at hand: --pull fetches it")
    assert read(of_texts(WITH_FILES), helm=Answers(gone)).of("Deployment")
    other = {**WITH_FILES, "app.yaml": CHART.replace("chart: metrics-server", "chart: mystery")}
    assert [gap.why for gap in read(of_texts(other), helm=Answers(gone)).unknown] == [
        "chart mystery of https://kubernetes-sigs.github.io/metrics-server is not known; the chart is not at hand: --pull fetches it"
    ]


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "as.x.io"},
    "spec": {"group": "x.io", "names": {"kind": "A"}, "versions": [{"name": "v1", "served": True}]},
}


def test_kinds_that_one_chart_brings_are_known_to_the_others():
    """A chart that asks for API versions is rendered once more when a chart brings new ones; one that does not ask is not."""
    helm = Answers(Rendered((CRD,), asks=None), Rendered((RENDERED,), asks=None))
    assert names(read(of_texts(WITH_FILES), helm=helm)) == ["kube-system/rendered"]
    assert [set(asked[0].release.api_versions) for asked in helm.asked] == [set(), {"x.io/v1", "x.io/v1/A"}]
    helm = Answers(Rendered((CRD,)))
    read(of_texts(WITH_FILES), helm=helm)
    assert len(helm.asked) == 1


INFLATED = {
    "app.yaml": application("web", "over"),
    "over/kustomization.yaml": "resources: [../base]\nnamePrefix: my-\npatches: [{target: {kind: ConfigMap, name: plain}, patch: '[{op: add, path: /data, value: {b: c}}]'}]\n",
    "base/kustomization.yaml": (
        "namespace: other\nresources: [plain.yaml]\nhelmCharts: [{name: x, repo: https://x.example.org, version: '1', includeCRDs: true}]\n"
        "helmGlobals: {chartHome: ../vendor}\n"
        "patches: [{path: patch.yaml}, {target: {kind: Deployment, name: nobody}, patch: '[{op: add, path: /x, value: 1}]'}]\n"
    ),
    "base/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rendered}\ndata: {a: patched}\n",
    "base/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n",
}


def test_what_a_kustomization_does_to_a_chart_is_done():
    """Objects of a `helmCharts` entry are patched, renamed and moved by every kustomization around; a patch for nobody is said."""
    helm = Answers(Rendered((RENDERED,)))
    inventory = read(of_texts(INFLATED), helm=helm)
    assert sorted(names(inventory)) == ["other/my-plain", "other/my-rendered"]
    assert inventory.get("ConfigMap", "other", "my-rendered").body["data"] == {"a": "patched"}
    assert inventory.get("ConfigMap", "other", "my-plain").body["data"] == {"b": "c"}
    assert [gap.why for gap in inventory.unknown] == ["the patch for Deployment nobody matches nothing"]
    assert [(one.home, one.crds) for one in helm.asked[0]] == [("vendor", True)]


def test_hooks_that_no_sync_runs_are_not_deployed():
    """Hooks of helm that no sync runs, or that helm does not know, are not there, nor Argo CD's own at the end; others are."""

    def hooked(name, hook, **more):
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "annotations": {"helm.sh/hook": hook, **more}},
        }

    made = (
        hooked("a", "test"),
        hooked("b", "pre-rollback,test-success"),
        hooked("c", "pre-install, pre-rollback"),
        hooked("d", "test", **{"argocd.argoproj.io/hook": "PostSync"}),
        hooked("e", "crd-install"),
        hooked("f", "pre-install, other"),
        hooked("g", ""),
        hooked("h", "pre-install", **{"argocd.argoproj.io/hook": "PostDelete"}),
        hooked("i", "test", **{"argocd.argoproj.io/hook": "PostDelete"}),
    )
    inventory = read(of_texts(WITH_FILES), helm=Answers(Rendered(made)))
    assert [pod.name for pod in inventory.of("Pod")] == ["c", "d", "h"]


def test_without_argo_cd_everything_counts():
    """Plain manifests and kustomizations are deployed as they are; a base that another includes is not deployed twice."""
    files = {
        "base/kustomization.yaml": "resources: [a.yaml]\n",
        "base/a.yaml": configmap("a"),
        "over/kustomization.yaml": "resources: [../base]\nnamePrefix: my-\n",
        "b.yaml": configmap("b"),
    }
    inventory = read(of_texts(files))
    assert names(inventory) == ["/b", "/my-a"]
    assert inventory.clashes == ()


def test_two_declarations_clash():
    """The same object from two files is one resource and one clash."""
    inventory = read(of_texts({"a.yaml": configmap("x"), "b.yaml": configmap("x")}))
    assert names(inventory) == ["/x"]
    assert [(c.first.origin.file, c.second.origin.file) for c in inventory.clashes] == [("a.yaml", "b.yaml")]


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.x }}\na: 1\n{{ end }}",
        "a: [",
        "\x00GITCRYPT\x00",
        "a: &a [*a]",
        "a: 1\na: 2",
        "- just\n- a list",
        "",
    ],
)
def test_files_that_are_no_manifests_end_nothing(text):
    """Templates, encrypted, broken and odd files are skipped; those that cannot be read are said."""
    inventory = read(of_texts({"bad.yaml": text, "good.yaml": configmap("good")}))
    assert names(inventory) == ["/good"]


@pytest.mark.parametrize(
    "text",
    [
        "spec: {source: 5}",
        "spec: {sources: [1, {chart: x, helm: {valueFiles: 3}}]}",
        "spec: {generators: {a: b}, template: 7}",
        "spec: [1]",
        "metadata: {name: [x]}",
        "spec: {source: {path: '../../etc'}}",
        "spec: {source: {path: x, directory: 7}, destination: here}",
    ],
)
@pytest.mark.parametrize("kind", ["Application", "ApplicationSet"])
def test_malformed_applications_end_nothing(kind, text):
    """An Application whose fields have other types than they should does not stop the reading of the rest."""
    head = f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\n"
    named = "" if text.startswith("metadata") else "metadata: {name: x}\n"
    files = {"bad.yaml": f"{head}{named}{text}\n", "good.yaml": application("web", "web"), "web/a.yaml": configmap("a")}
    assert "web/a" in names(read(of_texts(files)))


@pytest.mark.parametrize(
    "text",
    ["resources: 5", "resources: [{a: b}]", "patches: [7]", "labels: x", "images: {a: b}", "- a", "namePrefix: {}", "replicas: [3]",
     "configMapGenerator: [x]", "commonLabels: 4", "patches: [{patch: 'a: ['}]", "components: 9", "helmCharts: [1]"],
)  # fmt: skip
def test_malformed_kustomizations_end_nothing(text):
    """A kustomization whose fields have other types than they should does not stop the reading of the rest."""
    files = {"over/kustomization.yaml": f"{text}\n", "over/a.yaml": configmap("a"), "good.yaml": configmap("good")}
    assert "/good" in names(read(of_texts(files)))


@pytest.mark.parametrize(
    "text",
    ["spec: 5", "metadata: 7", "metadata: {name: x, labels: [a], annotations: 3}\nspec: {template: 4, selector: 5, replicas: many}",
     "metadata: {name: x}\nspec: {template: {spec: {containers: {a: b}, volumes: 3}}}"],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind", ["Deployment", "Service", "PodDisruptionBudget", "HTTPRoute", "PersistentVolumeClaim", "Secret"]
)
def test_malformed_objects_end_no_judgement(kind, text):
    """Objects whose fields have other types than they should are judged, or said to be unknown, and stop nothing."""
    from datetime import date

    from homelab.assess.run import assess

    head = "metadata: {name: x}\n" if text.startswith("spec") else ""
    api = "apps/v1" if kind == "Deployment" else "v1"
    inventory = read(
        of_texts({"bad.yaml": f"apiVersion: {api}\nkind: {kind}\n{head}{text}\n", "good.yaml": configmap("good")})
    )
    assert assess(inventory, today=date(2026, 1, 1)).objects >= 1


def test_a_folder_is_read_without_leaving_it(tmp_path):
    """Only manifests and machine files of the folder are read; links out of it, other encodings and huge files are said."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(configmap("outside"))
    lab = tmp_path / "lab"
    (lab / ".git").mkdir(parents=True)
    (lab / ".git" / "x.yaml").write_text(configmap("git"))
    (lab / "a.yaml").write_text(configmap("a"))
    (lab / "latin.yaml").write_bytes(b"a: \xe4\xf6\n")
    (lab / "link.yaml").symlink_to(outside)
    (lab / "README.md").write_text("# x")
    repository = of_folder(lab)
    assert list(repository.paths) == ["a.yaml"]
    assert {path: why for path, (why, _) in repository.skipped.items()} == {
        "latin.yaml": "not UTF-8 text",
        "link.yaml": "a link that leaves the repository",
    }
    assert names(read(repository)) == ["/a"]


def test_a_missing_folder_is_a_sentence(tmp_path):
    """A folder that is not there stops the reading with a sentence and a hint."""
    with pytest.raises(UnreadableRepository, match="is not a folder") as caught:
        of_folder(tmp_path / "gone")
    assert caught.value.hint


def many(count: int) -> str:
    """One file with many Deployments."""
    return "\n---\n".join(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{number}, namespace: web}}\n"
        f"spec: {{selector: {{}}, template: {{spec: {{containers: [{{name: c, image: x}}]}}}}}}"
        for number in range(count)
    )


def test_the_places_of_a_file_are_found_by_reading_it_once_more(monkeypatch):
    """However many findings a file has, its positions are composed once, and each place is that of its own object."""
    composed = []

    def counted(text, file):
        composed.append(file)
        return positioned(text, file)

    monkeypatch.setattr(repository, "positioned", counted)
    found = read(of_texts({"all.yaml": many(300), "more.yaml": many(2).replace("name: d", "name: e")}))
    lines = [found.place(r, "metadata.name").line for r in found.of("Deployment") if r.origin.file == "all.yaml"]
    assert lines == [3 + 5 * number for number in range(300)]
    assert sorted(composed) == ["all.yaml"]


def test_positions_of_many_large_files_are_not_all_held(monkeypatch):
    """Beyond a bound the positions read first are let go, and read again when they are asked for."""
    monkeypatch.setattr(repository, "HELD", 1000)
    files = {f"{number}.yaml": many(5).replace("name: d", f"name: x{number}-") for number in range(4)}
    read_twice = read(of_texts(files))
    places = [read_twice.place(r, "metadata.name") for r in (*read_twice.resources, *read_twice.resources)]
    assert [str(place) for place in places[:20]] == [str(place) for place in places[20:]]
    assert len({str(place) for place in places}) == 20
