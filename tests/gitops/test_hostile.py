"""Hostile repositories: whatever a stranger's files hold, reading ends with an Inventory or a sentence, never a stumble."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops.labs import application, applicationset, config, gaps, names, reading
from gitops.mutation import mutations
from homelab.documents.read import load
from homelab.gitops.read import read
from homelab.gitops.repository import LARGEST, of_folder, of_texts, of_tree
from homelab.kube.inventory import Inventory
from homelab.kube.tree import Tree, YamlFile

TEMPLATE = "{metadata: {name: '{{path.basename}}'}, spec: {source: {path: '{{path}}'}, destination: {namespace: apps}}}"
FILES = {
    "root.yaml": application("root", "path: sets, directory: {recurse: true, exclude: '{x,y}/*'}"),
    "sets/web.yaml": application("web", "path: web, kustomize: {images: ['nginx=other:2'], namePrefix: p-}"),
    "sets/all.yaml": applicationset(
        "[{git: {directories: [{path: apps/*}, {path: apps/x, exclude: true}]}}]", TEMPLATE
    ),
    "sets/list.yaml": applicationset(
        "[{list: {elements: [{name: one, folder: base}]}, selector: {matchLabels: {name: one}}}]",
        "{metadata: {name: '{{.name}}'}, spec: {source: {path: '{{.folder}}'}, destination: {namespace: x}}}",
        "goTemplate: true",
    ),
    "sets/chart.yaml": """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: seal, namespace: argocd}
spec:
  sources:
    - repoURL: https://bitnami.github.io/sealed-secrets
      chart: sealed-secrets
      targetRevision: 2.19.1
      helm:
        valueFiles: [$lab/values.yaml]
        values: "resources: {limits: {memory: 1Gi}}"
        valuesObject: {podLabels: {a: b}}
        parameters: [{name: resources.requests.cpu, value: "3"}, {name: 'a\\.b[0].c', value: x, forceString: true}]
    - {repoURL: x, ref: lab}
  destination: {namespace: kube-system}
""",
    "values.yaml": "fullnameOverride: a\nresources: {requests: {memory: 1Mi}}\n",
    "web/kustomization.yaml": """
resources: [../base, route.yaml]
components: [../part]
namespace: mine
namePrefix: a-
commonLabels: {tier: front}
labels: [{pairs: {b: c}, includeTemplates: true}]
commonAnnotations: {x: z}
replicas: [{name: web, count: 2}]
images: [{name: nginx, newTag: "3"}]
configMapGenerator: [{name: made, literals: [a=b], files: [k=route.yaml], envs: [env.yaml], options: {labels: {c: d}}}]
patches:
  - {target: {kind: Deployment, labelSelector: app=web}, patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'}
  - {path: patch.yaml}
helmCharts: [{name: x, repo: https://x, version: "1", valuesInline: {a: b}, valuesFile: env.yaml}]
""",
    "web/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: main, args: [x]}]}}}\n",
    "web/env.yaml": "A=1\n",
    "web/route.yaml": """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {parentRefs: [{name: gate}], hostnames: [a.b], rules: [{backendRefs: [{name: web, port: 80}]}]}
""",
    "part/kustomization.yaml": "kind: Component\nresources: [c.yaml]\nnameSuffix: -z\n",
    "part/c.yaml": config("c"),
    "base/kustomization.yaml": "resources: [all.yaml]\n",
    "base/all.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "nginx:1", envFrom: [{configMapRef: {name: made}}]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r}
roleRef: {kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: default}]
---
{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: l}}]}
""",
    "apps/own/db.yaml": """
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db}
spec: {instances: 3, storage: {size: 1Gi, storageClass: fast}, plugins: [{name: barman-cloud.cloudnative-pg.io, parameters: {barmanObjectName: o}}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec: {group: example.org, scope: Cluster, names: {kind: Thing}}
""",
    ".homelab/lab.yaml": "name: x\nnodes: {a: {role: control-plane, cpu: 2, memory: 4Gi}}\n",
}
BODIES = {path: load(text, path) for path, text in FILES.items() if path != "web/env.yaml"}


def asked(found: Inventory) -> None:
    """Every relation that others ask an Inventory for."""
    for workload in found.workloads:
        found.services_of(workload)
        found.budgets_of(workload)
        found.least_replicas(workload)
    for resource in found.resources:
        found.place(resource, "metadata.name")
    for gap in found.unknown:
        assert gap.what is not None
        assert gap.why


def test_the_repository_that_is_mutated_is_a_good_one() -> None:
    """Without a change it has what its mutations may lose."""
    found = read(of_texts(FILES))
    assert {a.name for a in found.applications} == {"root", "web", "own", "one", "seal"}
    assert found.get("Deployment", "mine", "p-web-z") is not None
    assert found.ground is not None
    assert found.facts


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(mutations(BODIES))
def test_any_value_may_be_any_other(bodies: dict[str, list[object]]) -> None:
    """Whatever stands where, the rest is read, from a Tree as from the text it is written as."""
    tree = Tree({path: YamlFile(tuple(found)) for path, found in bodies.items()})
    ours, written = read(of_tree(tree)), read(of_texts(tree.texts()))
    asked(ours)
    assert ours == written


@pytest.mark.slow
@settings(max_examples=100, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(FILES)), st.data())
def test_files_may_end_anywhere(path: str, data: st.DataObject) -> None:
    """A file that was cut, or in which bytes were put, ends nothing, and reads the same every time."""
    text = FILES[path]
    at = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.sampled_from(["", "\0", "\t", "{{ x }}", "&a ", "*a", "---\n", "\ufeff", "\ud800", "<<: "]))
    rest = text[at:] if data.draw(st.booleans()) else ""
    cut = of_texts({**FILES, path: text[:at] + inserted + rest})
    found = read(cut)
    asked(found)
    assert found == read(cut)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &a [*a]\n", ""),
        ("sops: {mac: x}\ndata: ENC[AES256_GCM,data:x]\n", ""),
        ("[" * 20000, ""),
        ("a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 3000)), ""),
        ("a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(9)), None),
        ("{{- if x }}\nkind: y\n{{ end }}\n", "a template"),
    ],
)
def test_texts_that_are_traps_are_said(text: str, why: str | None) -> None:
    """Circles, depth, encryption and templates are skipped, with the reason where they could have been manifests."""
    found = reading(bad=text, good=config("good"))
    assert names(found) == ["/good"]
    assert why is None or why in gaps(found)


def test_aliases_that_share_a_map_share_no_change() -> None:
    """Labels that an overlay adds to a template reach no selector that was written as its alias."""
    body = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: &l {app: web}}
  template: {metadata: {labels: *l}, spec: {containers: []}}
"""
    found = reading(kustomization="resources: [d.yaml]\nlabels: [{pairs: {tier: x}, includeTemplates: true}]\n", d=body)
    (deployment,) = found.of("Deployment")
    assert deployment.get("spec.selector.matchLabels") == {"app": "web"}
    assert deployment.get("spec.template.metadata.labels") == {"app": "web", "tier": "x"}


def test_a_repository_on_disk_reads_as_its_texts(tmp_path: Path) -> None:
    """The folder gives the Inventory that its texts give, but for the folder's name in places."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    disk, texts = read(of_folder(tmp_path)), read(of_texts(FILES, f"{tmp_path}/"))
    assert disk.resources == texts.resources
    assert (disk.facts, disk.dead, disk.ground) == (texts.facts, texts.dead, texts.ground)
    assert disk.unknown == texts.unknown


def test_files_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    """Too large, a circle of links, a link into nothing and a link out of it: each is said, and none is followed."""
    (tmp_path / "good.yaml").write_text(config("good"), encoding="utf-8")
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(LARGEST + 1)
    (tmp_path / "gone.yaml").symlink_to("nothing.yaml")
    (tmp_path / "circle.yaml").symlink_to("circle.yaml")
    (tmp_path / "out").symlink_to("/")
    (tmp_path / "folder.yaml").mkdir()
    found = read(of_folder(tmp_path))
    assert names(found) == ["/good"]
    for name in ("large.yaml", "gone.yaml", "circle.yaml"):
        assert name in gaps(found)


@pytest.mark.slow
def test_ten_megabytes_are_read() -> None:
    """A large file of one kind is read like a small one."""
    many = "---\n".join(config(f"c{n}") + f"data: {{text: '{'x' * 1000}'}}\n" for n in range(10_000))
    assert len(names(reading(many=many))) == 10_000
