"""Applications in every way that Argo CD reads: what it makes of each is compared with our reading, case by case.

The charts show whatever helm is told: values, release, namespace, Kubernetes, API versions.
"""

from __future__ import annotations

from gitops.labs import HERE, applicationset
from tools.charts.making import files

SHOP = "https://charts.example.org"
REGISTRY = "oci://registry.example.org/charts"
KUBERNETES = "1.35"

_SHOWN = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}
data:
  values: {{ toJson .Values | quote }}
  chart: {{ .Chart.Name }} {{ .Chart.Version }}
  namespace: {{ .Release.Namespace }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  things: {{ .Capabilities.APIVersions.Has "example.org/v1/Thing" | quote }}
  others: {{ .Capabilities.APIVersions.Has "other.example.org/v1" | quote }}
"""
_MORE = """
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-homed, namespace: {{ .Release.Namespace }}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: {{ .Release.Name }}}
---
apiVersion: example.org/v1
kind: Thing
metadata: {name: {{ .Release.Name }}}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: {{ .Release.Name }}-one}}
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: {{ .Release.Name }}-two}}
"""
_HOOK = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{{key}: '{value}'}}}}\n"
_HOOKS = [
    *((f"helm-{n}", "helm.sh/hook", value) for n, value in enumerate(
        ["pre-install", "post-install,post-upgrade", "test", "test-success", "pre-delete", "post-delete", "pre-rollback",
         "crd-install", "pre-install, test", "", "garbage"])),
    *((f"argo-{n}", "argocd.argoproj.io/hook", value) for n, value in enumerate(
        ["PreSync", "Sync", "Skip", "PostSync", "SyncFail", "garbage", ""])),
]  # fmt: skip
THING = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: Cluster
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""


def probe(version: str = "1.0.0", name: str = "probe") -> dict[str, str]:
    """A chart that shows what helm was told, with its own kind, hooks of every type, and values to be overruled."""
    made = files(name, version)
    return made | {
        "values.yaml": "top: chart\nmap: {one: 1, two: 2}\nlist: [{name: a, at: 1}, {name: b, at: 2}]\ntags: [p, q]\n",
        "more.yaml": "top: more\nmap: {two: more, three: 3}\n",
        "text.txt": "some, text = with\nlines\n",
        "crds/thing.yaml": THING,
        "templates/a.yaml": _SHOWN,
        "templates/more.yaml": _MORE,
        "templates/hooks.yaml": "---\n".join(_HOOK.format(name=n, key=k, value=v) for n, k, v in _HOOKS),
    }


def strict() -> dict[str, str]:
    """A chart whose schema forbids all but one value."""
    schema = '{"type": "object", "properties": {"top": {"type": "string"}}, "additionalProperties": false}'
    return files("strict") | {"values.yaml": "top: chart\n", "templates/a.yaml": _SHOWN, "values.schema.json": schema}


CHARTS = [probe(version) for version in ("0.9.0", "1.0.0", "1.1.0", "2.0.0-rc.1")] + [strict()]
"""What the shop sells; the registry has the first chart as well."""


def app(*sources: str, name: str = "app", space: str = "there") -> str:
    """An Application of some sources, in flow style."""
    one = f"source: {sources[0]}" if len(sources) == 1 else f"sources: [{', '.join(sources)}]"
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  destination: {{namespace: {space}, server: https://kubernetes.default.svc}}
  {one}
"""


def chart(helm: str = "", version: str = "1.0.0", name: str = "probe") -> str:
    """A chart of the shop."""
    return f"{{repoURL: {SHOP}, chart: {name}, targetRevision: '{version}', helm: {{{helm}}}}}"


def git(path: str, more: str = "") -> str:
    """A folder of the repository."""
    return f"{{repoURL: {HERE}, path: {path}, targetRevision: main, {more}}}"


def oci(path: str, more: str = "") -> str:
    """An artefact of the registry."""
    return f"{{repoURL: {REGISTRY}/probe, path: '{path}', targetRevision: 1.0.0, {more}}}"


VALUES = f"{{repoURL: {HERE}, targetRevision: main, ref: values}}"
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{from: {name}}}\n"


def config(name: str, more: str = "") -> str:
    """A ConfigMap without a namespace."""
    return _CONFIG.format(name=name) + more


FILES: dict[str, str] = {
    "values/one.yaml": "top: one\nmap: {two: null}\n",
    "values/two.yaml": "top: two\nlist: [{name: c}]\n",
    "values/app.yaml": "top: app\n",
    "values/text.txt": "some, text = with\nlines\n",
    **{f"own/{name}": text for name, text in probe(name="own").items()},
    "own/beside.yaml": "top: beside\n",
    **{f"overridden/{name}": text for name, text in probe(name="own").items()},
    "overridden/.argocd-source.yaml": "helm: {parameters: [{name: map.one, value: overridden}, {name: top, value: all}]}\n",
    "overridden/.argocd-source-app.yaml": "helm: {parameters: [{name: top, value: app}]}\n",
    "umbrella/Chart.yaml": (
        "apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n"
        "- {name: own, version: 1.0.0, repository: file://../own, alias: first}\n"
        "- {name: own, version: 1.0.0, repository: file://../own, alias: second, condition: second.enabled}\n"
    ),
    "umbrella/values.yaml": "first: {top: umbrella}\nsecond: {enabled: false}\nglobal: {all: 1}\n",
    "umbrella/templates/a.yaml": _SHOWN,
    "plain/a.yaml": config("a"),
    "plain/b.yml": config("b") + "---\n" + config("b2") + "---\n---\n# nothing\n",
    "plain/c.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}',
    "plain/list.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l2, namespace: else}}\n",
    "plain/lists.yaml": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l3}}\n",
    "plain/no-list.yaml": "apiVersion: v1\nkind: ConfigMapList\nitems: null\n",
    "plain/skipped.yaml": "# +argocd:skip-file-rendering\n" + config("skipped"),
    "plain/other.yaml": "some: values\n",
    "plain/notes.txt": config("notes"),
    "plain/role.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: role, namespace: wrong}\n",
    "plain/job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: job-, annotations: {argocd.argoproj.io/hook: Sync}}\n",
    "plain/deep/d.yaml": config("d"),
    "plain/deep/values.yaml": "more: values\n",
    "plain/deep/deeper/e.yaml": config("e"),
    "twice/a.yaml": config("same", "  number: '1'\n") .replace("data: {from: same}\n", "data:\n"),
    "twice/b.yaml": config("same", "  number: '2'\n") .replace("data: {from: same}\n", "data:\n"),
    "jsonnet/a.yaml": config("a"),
    "jsonnet/b.jsonnet": '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "b"}}',
    "sets/one/a.yaml": config("one"),
    "sets/two/a.yaml": config("two"),
    "sets/three/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: our-\n",
    "sets/three/a.yaml": config("three"),
    "built/kustomization.yaml": "resources: [a.yaml, deploy.yaml]\nlabels: [{pairs: {own: label}}]\n",
    "built/a.yaml": config("a"),
    "built/deploy.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: d}}\n"
        "  template:\n    metadata: {labels: {app: d}}\n    spec: {containers: [{name: c, image: 'img:1', envFrom: [{configMapRef: {name: a}}]}]}\n"
    ),
    "shaped/kustomization.yaml": (
        "resources: [../built]\nnamePrefix: our-\nnamespace: own\nimages: [{name: img, newTag: '9'}, {name: img2, newTag: '8'}]\n"
        "replicas: [{name: d, count: 2}]\ncommonLabels: {one: own}\ncommonAnnotations: {note: own}\n"
    ),
    "piece/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [p.yaml]\ncommonAnnotations: {piece: here}\n",
    "piece/p.yaml": config("p"),
    "both/kustomization.yaml": "resources: [a.yaml]\n",
    "both/a.yaml": config("a"),
    **{f"both/{name}": text for name, text in files("both").items()},
}  # fmt: skip


def inflated(entry: str, more: str = "") -> dict[str, str]:
    """A kustomization with one chart that it keeps itself."""
    kept = {f"inflated/charts/probe/{name}": text for name, text in probe().items()}
    text = f"helmCharts: [{{name: probe, {entry}}}]\n{more}"
    return {
        **kept,
        "inflated/kustomization.yaml": text,
        "inflated/v.yaml": "top: file\n",
        "inflated/w.yaml": "map: {one: more}\n",
    }


_FROM_KUSTOMIZE = {
    "as it is": inflated("releaseName: rel"),
    "release and namespace": inflated("releaseName: rel, namespace: mine"),
    "namespace of the kustomization": inflated("releaseName: rel", "namespace: ours\n"),
    "both namespaces": inflated("releaseName: rel, namespace: mine", "namespace: ours\n"),
    "values": inflated("releaseName: rel, valuesInline: {top: inline, map: {one: null}}, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]"),
    "values, null": inflated("releaseName: rel, valuesInline: {top: null, map: {one: null, two: inline}}, valuesFile: v.yaml"),
    "values, null alone": inflated("releaseName: rel, valuesInline: {top: null, map: {one: null, two: inline}}"),
    "values merged": inflated("releaseName: rel, valuesInline: {top: inline}, valuesFile: v.yaml, valuesMerge: merge"),
    "values replaced": inflated("releaseName: rel, valuesInline: {top: inline}, valuesFile: v.yaml, valuesMerge: replace"),
    "kinds": inflated("releaseName: rel, includeCRDs: true"),
    "versions": inflated("releaseName: rel, kubeVersion: '1.31', apiVersions: [other.example.org/v1]"),
    "without hooks": inflated("releaseName: rel, skipHooks: true"),
    "without tests": inflated("releaseName: rel, skipTests: true"),
    "name template": inflated("nameTemplate: made-up"),
    "shaped": inflated("releaseName: rel", "namePrefix: our-\ncommonLabels: {a: b}\npatches: [{target: {kind: ConfigMap, name: rel-probe}, patch: '[{\"op\": \"add\", \"path\": \"/data/patched\", \"value\": \"1\"}]'}]\n"),
    "elsewhere": {
        **{name.replace("/charts/", "/kept/"): text for name, text in inflated("").items()},
        "inflated/kustomization.yaml": "helmCharts: [{name: probe, releaseName: rel}]\nhelmGlobals: {chartHome: kept}\n",
    },
}  # fmt: skip

FOLDERS = f"repoURL: {HERE}, revision: main, directories: [{{path: sets/*}}, {{path: sets/two, exclude: true}}]"


def made(name: str, path: str) -> str:
    """A template of an ApplicationSet, in flow style."""
    to = f"{{namespace: '{name}-space', server: https://kubernetes.default.svc}}"
    spec = f"{{project: default, destination: {to}, source: {git(repr(path))}}}"
    return f"{{metadata: {{name: '{name}'}}, spec: {spec}}}"


CASES: dict[str, tuple[str, dict[str, str]]] = {
    # charts of a shop
    "chart": (app(chart()), {}),
    "chart, a range": (app(chart(version="^1")), {}),
    "chart, a wild card": (app(chart(version="1.*")), {}),
    "chart, any": (app(chart(version="*")), {}),
    "chart, with pre-releases": (app(chart(version=">=1.0.0-0")), {}),
    "chart, a pre-release": (app(chart(version="2.0.0-rc.1")), {}),
    "chart, no version": (app(chart(version="")), {}),
    "chart, unknown version": (app(chart(version="3.0.0")), {}),
    "release name": (app(chart("releaseName: rel")), {}),
    "release namespace": (app(chart("namespace: elsewhere")), {}),
    "no namespace": (app(chart(), space="''"), {}),
    "without kinds": (app(chart("skipCrds: true")), {}),
    "without tests": (app(chart("skipTests: true")), {}),
    "against the schema": (app(chart("values: 'other: 1'", name="strict")), {}),
    "without schema": (app(chart("values: 'other: 1', skipSchemaValidation: true", name="strict")), {}),
    "inner values": (app(chart("valueFiles: [more.yaml]")), {}),
    "inner values, missing": (app(chart("valueFiles: [none.yaml]")), {}),
    "inner values, ignored": (app(chart("valueFiles: [none.yaml, more.yaml], ignoreMissingValueFiles: true")), {}),
    "values text": (app(chart("values: 'top: text'")), {}),
    "values object": (app(chart("valuesObject: {top: object, map: {two: null}}")), {}),
    "values text and object": (app(chart("values: 'map: {one: text}', valuesObject: {top: object}")), {}),
    "values from above": (app(chart("valueFiles: [../../outside.yaml]")), {}),
    "kubernetes": (app(chart("kubeVersion: v1.30.1+k3s1, apiVersions: [other.example.org/v1]")), {}),
    "values of a reference": (app(chart("valueFiles: [$values/values/one.yaml, more.yaml, $values/values/two.yaml], valuesObject: {tags: []}"), VALUES), {}),
    "reference with a path": (app(chart("valueFiles: [$values/values/one.yaml]"), f"{{repoURL: {HERE}, targetRevision: main, ref: values, path: plain}}"), {}),
    "unknown reference": (app(chart("valueFiles: [$other/values/one.yaml]"), VALUES), {}),
    "missing in a reference": (app(chart("valueFiles: [$values/values/none.yaml]"), VALUES), {}),
    "ignored in a reference": (app(chart("valueFiles: [$values/values/none.yaml], ignoreMissingValueFiles: true"), VALUES), {}),
    "the name in a reference": (app(chart("valueFiles: [$values/values/$ARGOCD_APP_NAME.yaml]"), VALUES), {}),
    "two charts": (app(chart("releaseName: one"), chart("releaseName: two", "0.9.0")), {}),
    "the same twice": (app(chart("valuesObject: {top: first}"), chart("valuesObject: {top: last}")), {}),
    # parameters
    **{f"parameters, {name}": (app(chart(f"valuesObject: {{top: object}}, parameters: [{entries}]")), {}) for name, entries in {
        "text": "{name: top, value: set}, {name: map.one, value: one}",
        "types": "{name: a, value: '1'}, {name: b, value: 'true'}, {name: c, value: 'null'}, {name: d, value: '1.5'}, {name: e, value: '007'}, {name: f, value: ''}, {name: g, value: '-3'}, {name: h, value: '0'}",
        "types forced": "{name: a, value: '1', forceString: true}, {name: b, value: 'true', forceString: true}, {name: c, value: 'null', forceString: true}",
        "commas": "{name: a, value: 'x,y'}, {name: b, value: 'x\\,y'}, {name: c, value: 'x=y'}, {name: d, value: 'a b: c'}",
        "sets": "{name: a, value: '{p,q,1}'}, {name: b, value: '{}'}, {name: c, value: '{x}', forceString: true}",
        "dots": "{name: 'a\\.b/c.d', value: x}, {name: map.one.deep, value: x}",
        "list": "{name: 'list[0].at', value: '7'}, {name: 'list[1].name', value: c}",
        "list grown": "{name: 'list[3].name', value: d}, {name: 'tags[2]', value: z}",
        "list made": "{name: 'made[0]', value: x}, {name: 'more[0].a[1].b', value: yy, forceString: true}",
        "list of lists": "{name: 'made[1][0]', value: x}",
        "list broken": "{name: 'list[x].at', value: x}",
        "null": "{name: map, value: 'null'}, {name: tags, value: 'null'}",
        "both ways": "{name: a, value: '1', forceString: true}, {name: a, value: '2'}",
        "large": "{name: a, value: '123456789012345678901'}, {name: c, value: '1e3'}",
        "the name": "{name: a, value: $ARGOCD_APP_NAME}, {name: b, value: '${ARGOCD_APP_NAMESPACE}-x', forceString: true}, {name: c, value: $OTHER}, {name: d, value: $$x}",
    }.items()},
    "file parameters": (app(chart("fileParameters: [{name: a, path: text.txt}, {name: map.one, path: $values/values/text.txt}], parameters: [{name: a, value: lost}]"), VALUES), {}),
    "file parameters, missing": (app(chart("fileParameters: [{name: a, path: none.txt}]")), {}),
    # charts of the repository
    "own chart": (app(git("own", "helm: {valueFiles: [beside.yaml, ../values/one.yaml, /values/two.yaml], fileParameters: [{name: a, path: text.txt}, {name: b, path: ../values/text.txt}]}")), {}),
    "own chart, missing values": (app(git("own", "helm: {valueFiles: [none.yaml]}")), {}),
    "own chart, the name": (app(git("own", "helm: {valueFiles: [/values/$ARGOCD_APP_NAME.yaml]}")), {}),
    "own chart, overridden": (app(git("overridden", "helm: {parameters: [{name: map.two, value: lost}]}")), {}),
    "own chart, overridden for another": (app(git("overridden"), name="other"), {}),
    "umbrella": (app(git("umbrella")), {}),
    "umbrella, both": (app(git("umbrella", "helm: {parameters: [{name: second.enabled, value: 'true'}, {name: 'second.list[0].at', value: '5'}]}")), {}),
    # artefacts of a registry
    "registry": (app(oci(".")), {}),
    "registry, values": (app(oci(".", "helm: {releaseName: rel, valueFiles: [more.yaml], valuesObject: {map: {one: 5}}}")), {}),
    "registry, without a path": (app(f"{{repoURL: {REGISTRY}/probe, targetRevision: 1.0.0}}"), {}),
    "registry, a folder": (app(oci("templates")), {}),
    "registry, and values": (app(oci(".", "helm: {valueFiles: [$values/values/one.yaml]}"), VALUES), {}),
    "registry, with a chart": (app(f"{{repoURL: {REGISTRY}, chart: probe, targetRevision: 1.0.0}}"), {}),
    "registry, a range": (app(f"{{repoURL: {REGISTRY}/probe, path: ., targetRevision: ^1}}"), {}),
    # folders
    "folder": (app(git("plain")), {}),
    "folder, deep": (app(git("plain", "directory: {recurse: true}")), {}),
    "folder, some": (app(git("plain", "directory: {recurse: true, include: '*/e.yaml'}")), {}),
    "folder, a choice": (app(git("plain", "directory: {recurse: true, include: '{a,b}.y*ml'}")), {}),
    "folder, a star": (app(git("plain", "directory: {recurse: true, include: 'd*'}")), {}),
    "folder, a question": (app(git("plain", "directory: {recurse: true, include: '?.yaml'}")), {}),
    "folder, letters": (app(git("plain", "directory: {recurse: true, include: '[a-c].*'}")), {}),
    "folder, other letters": (app(git("plain", "directory: {recurse: true, include: '[!a-c]*.yaml'}")), {}),
    "folder, but": (app(git("plain", "directory: {recurse: true, exclude: '{deep/**,l*}'}")), {}),
    "folder, some but": (app(git("plain", "directory: {recurse: true, include: '*.yaml', exclude: 'deep/d.yaml'}")), {}),
    "folder, two stars": (app(git("plain", "directory: {recurse: true, include: '**/*.yaml'}")), {}),
    "folder, the same twice": (app(git("twice")), {}),
    "folder, jsonnet": (app(git("jsonnet")), {}),
    "folder, broken": (app(git("broken")), {"broken/a.yaml": config("a"), "broken/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n"}),
    "folder, none": (app(git("nowhere")), {}),
    "folder, no namespace": (app(git("plain"), space="''"), {}),
    "folder, beside": (app(git("plain"), git("twice")), {}),
    "folder, and chart": (app(git("both")), {}),
    "folder, a chart all the same": (app(git("both", "helm: {releaseName: rel}")), {}),
    "folder, plain all the same": (app(git("both", "directory: {include: a.yaml}")), {}),
    "folder, a chart read plainly": (app(git("own", "directory: {include: crds/*, recurse: true}")), {}),
    "folder, two kinds": (app(git("both", "directory: {recurse: true}, helm: {releaseName: rel}")), {}),
    # kustomizations
    **{f"kustomization, {name}": (app(git("built", f"kustomize: {{{options}}}")), {}) for name, options in {
        "as it is": "",
        "names": "namePrefix: pre-, nameSuffix: -suf",
        "images": "images: ['img:2', other=new:3]",
        "renamed image": "images: ['img=reg.example.org:5000/new@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3']",
        "replicas": "replicas: [{name: d, count: 3}]",
        "replicas of none": "replicas: [{name: x, count: 3}]",
        "labels": "commonLabels: {one: two}",
        "labels, no selector": "commonLabels: {one: two}, labelWithoutSelector: true",
        "labels, templates": "commonLabels: {one: two}, labelWithoutSelector: true, labelIncludeTemplates: true",
        "annotations": "commonAnnotations: {one: two, name: $ARGOCD_APP_NAME}",
        "annotations, the name": "commonAnnotations: {name: $ARGOCD_APP_NAME}, commonAnnotationsEnvsubst: true",
        "labels, the name": "commonLabels: {name: $ARGOCD_APP_NAME}",
        "namespace": "namespace: ours",
        "patches": 'patches: [{target: {kind: Deployment}, patch: \'[{"op": "replace", "path": "/spec/replicas", "value": 5}]\'}]',
        "component": "components: [../piece]",
        "missing component": "components: [../nowhere]",
        "missing component, ignored": "components: [../nowhere, ../piece], ignoreMissingComponents: true",
    }.items()},
    **{f"shaped, {name}": (app(git("shaped", f"kustomize: {{{options}}}")), {}) for name, options in {
        "names": "namePrefix: pre-, nameSuffix: -suf",
        "namespace": "namespace: ours",
        "images": "images: ['img:2', img2=two:3]",
        "replicas": "replicas: [{name: d, count: 3}]",
        "labels": "commonLabels: {more: two}",
        "labels, the same": "commonLabels: {one: two}",
        "labels, forced": "commonLabels: {one: two}, forceCommonLabels: true",
        "annotations, the same": "commonAnnotations: {note: two}",
        "annotations, forced": "commonAnnotations: {note: two}, forceCommonAnnotations: true",
        "components": "components: [../piece]",
        "nothing": "",
    }.items()},
    "told to be built": (app(git("plain", "kustomize: {namePrefix: a-}")), {}),
    "told to be a chart": (app(git("plain", "helm: {}")), {}),
    "told to be plain": (app(git("both", "directory: {}")), {}),
    "told to be a chart and is": (app(git("both", "helm: {}")), {}),
    **{f"inflated, {name}": (app(git("inflated")), texts) for name, texts in _FROM_KUSTOMIZE.items()},
    # many at once
    "set of names": (applicationset("[{list: {elements: [{which: one}, {which: two}]}}]", made("{{which}}", "sets/{{which}}")), {}),
    "set of folders": (applicationset(f"[{{git: {{{FOLDERS}}}}}]", made("{{.path.basename}}", "{{.path.path}}"), "goTemplate: true"), {}),
}  # fmt: skip

UNREAD = {"folder, jsonnet": "Argo CD runs jsonnet, and we start no program for that"}
"""Where Argo CD makes objects and we say, with a reason, that we do not know which."""
