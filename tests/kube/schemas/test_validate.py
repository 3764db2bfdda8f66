"""Schemas: objects that fit pass, each mistake is said at its path, what cannot be judged is not called good."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from homelab.documents.read import load
from homelab.kube.schemas.core import CoreSchemas, known_minors
from homelab.kube.schemas.error import SchemaError
from homelab.kube.schemas.validate import Schemas

POD = {
    "containers": [{"name": "a", "image": "x", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "1"}]}]
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "a", "namespace": "b", "labels": {"app": "a"}, "creationTimestamp": None},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "a"}},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": POD},
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a"},
    "spec": {"ports": [{"port": 1, "targetPort": "http"}]},
}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "aGVs\nbG8=\n"}}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1alpha1", "served": False, "storage": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "required": ["spec"],
                        "properties": {
                            "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}},
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "port": {"x-kubernetes-int-or-string": True},
                                    "size": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                    "sealed": {"type": "object"},
                                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                                    "colour": {"type": "string", "enum": ["red", "blue"], "nullable": True},
                                    "share": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": False},
                                    "count": {"type": "integer", "format": "int32", "default": 1},
                                    "words": {"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 1, "maxItems": 2},
                                    "when": {"type": "string", "format": "date-time"},
                                    "span": {"type": "string", "format": "duration"},
                                    "host": {"type": "string", "pattern": r"^\Qa.b\E$"},
                                    "name": {"type": "string", "pattern": r"^(?i)[a-z]+\z", "maxLength": 3},
                                    "template": {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}},
                                    "choice": {
                                        "type": "object",
                                        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
                                        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                                        "maxProperties": 2,
                                    },
                                    "both": {
                                        "type": "object",
                                        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                                        "not": {"required": ["a", "b"]},
                                        "anyOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"pattern": "^y"}}, "required": ["b"]}],
                                        "minProperties": 1,
                                    },
                                },
                            },
                        },
                    }
                },
            },
        ],
    },
}  # fmt: skip


@lru_cache
def _schemas() -> Schemas:
    return Schemas("1.33").with_crds([CRD, SERVICE, {"kind": "CustomResourceDefinition"}])


def _thing(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}


def _said(resource: dict[str, Any]) -> list[str] | None:
    errors = _schemas().validate(resource)
    return None if errors is None else [str(error) for error in errors]


def _changed(resource: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one field set; steps of the path are keys, or indices where they are digits."""
    changed = copy.deepcopy(resource)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    at: Any = changed
    for step in steps:
        at = at[step]
    at[last] = value
    return changed


@pytest.mark.parametrize("resource", [DEPLOYMENT, SERVICE, SECRET, CRD], ids=lambda resource: resource["kind"])
@pytest.mark.parametrize("minor", ["1.33", "v1.35.2", "1.37"])
def test_what_fits_has_no_mistakes(resource: dict[str, Any], minor: str) -> None:
    """Good objects of core kinds pass in every minor; null where nothing stands is good."""
    assert Schemas(minor).validate(resource) == []


@pytest.mark.parametrize(
    ("resource", "path", "value", "message"),
    [
        (DEPLOYMENT, "spec/replica", 1, "spec.replica: unknown field replica, did you mean replicas?"),
        (DEPLOYMENT, "spec/xyz", 1, "spec.xyz: unknown field xyz"),
        (DEPLOYMENT, "specs", {}, "specs: unknown field specs, did you mean spec?"),
        (DEPLOYMENT, "spec/replicas", "2", "spec.replicas: expected integer, got string"),
        (DEPLOYMENT, "spec/replicas", True, "spec.replicas: expected integer, got boolean"),
        (DEPLOYMENT, "spec/replicas", 2**31, "spec.replicas: larger than 2147483647"),
        (DEPLOYMENT, "metadata/labels/app", 1, "metadata.labels.app: expected string, got integer"),
        (DEPLOYMENT, "metadata/label", {}, "metadata.label: unknown field label, did you mean labels?"),
        (DEPLOYMENT, "spec/strategy/rollingUpdate/maxSurge", 1.5, "spec.strategy.rollingUpdate.maxSurge: expected integer or string, got number"),
        (DEPLOYMENT, "spec/strategy/rollingUpdate/maxSurge", None, None),
        (DEPLOYMENT, "spec/template/spec/containers/0/imagee", "x", "spec.template.spec.containers[0].imagee: unknown field imagee, did you mean image?"),
        (DEPLOYMENT, "spec/template/spec/containers/0/env/0/value", 1, "spec.template.spec.containers[0].env[0].value: expected string, got integer"),
        (DEPLOYMENT, "spec/template/spec/containers", {}, "spec.template.spec.containers: expected array, got object"),
        (DEPLOYMENT, "spec/template/spec/containers/0", {}, "spec.template.spec.containers[0]: missing field name"),
        (SECRET, "data/a", "%%", "data.a: not base64"),
        (SECRET, "metadata/creationTimestamp", "yesterday", "metadata.creationTimestamp: not a date-time"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_sentence_at_its_path(
    resource: dict[str, Any], path: str, value: Any, message: str | None
) -> None:
    """A mutated object has exactly the one mistake."""
    assert _said(_changed(resource, path, value)) == ([message] if message else [])


@pytest.mark.parametrize(
    "spec",
    [
        {"port": 1},
        {"port": "http", "size": "1Gi"},
        {"free": {"anything": [1]}, "labels": {"a": "b"}, "colour": None, "share": 0.5, "count": None},
        {"words": ["ab"], "when": "2024-01-01T00:00:00Z", "span": "1h", "host": "not judged", "name": "Abc"},
        {"template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}},
        {"choice": {"a": "x"}, "both": {"a": "x"}},
    ],
)
def test_a_good_custom_resource_fits(spec: dict[str, Any]) -> None:
    """Int-or-string, nullable, preserved, embedded and unknown formats are what the API server makes of them."""
    assert _said(_thing(**spec)) == []


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"port": 1.5}, ["spec.port: expected integer or string, got number"]),
        ({"size": []}, ["spec.size: expected integer or string, got array"]),
        ({"sealed": {"a": 1}}, ["spec.sealed.a: unknown field a"]),
        ({"labels": {"a": 1}}, ["spec.labels.a: expected string, got integer"]),
        ({"colour": "green"}, ["spec.colour: green is none of red, blue"]),
        ({"share": 0}, ["spec.share: must be larger than 0"]),
        ({"share": 2}, ["spec.share: larger than 1"]),
        ({"count": -(2**31) - 1}, ["spec.count: smaller than -2147483648"]),
        ({"words": []}, ["spec.words: fewer than 1 items"]),
        ({"words": ["ab", "cd", "e"]}, ["spec.words: more than 2 items", "spec.words[2]: shorter than 2 characters"]),
        ({"words": [None]}, ["spec.words[0]: expected string, got null"]),
        ({"when": "now"}, ["spec.when: not a date-time"]),
        ({"name": "a1"}, [r"spec.name: a1 does not match ^(?i)[a-z]+\z"]),
        ({"name": "abcd" * 20}, ["spec.name: longer than 3 characters"]),
        ({"template": {"specs": 1}}, ["spec.template.specs: unknown field specs, did you mean spec?"]),
        ({"choice": {}}, ["spec.choice: one of a, b is missing"]),
        ({"choice": {"a": "x", "b": 1}}, ["spec.choice: fits more than one of the forms that exclude each other"]),
        ({"both": {"a": "x", "b": "y"}}, ["spec.both: these fields cannot stand together"]),
        ({"both": {"a": "z"}}, ["spec.both.a: z is not x"]),
        ({"both": {}}, ["spec.both: fewer than 1 fields"]),
        (
            {"both": {"a": "x", "b": "y", "c": "z"}},
            ["spec.both: these fields cannot stand together", "spec.both.c: unknown field c"],
        ),
    ],
)
def test_a_bad_custom_resource_is_said_exactly(spec: dict[str, Any], messages: list[str]) -> None:
    """Each rule of a structural schema has its sentence."""
    assert _said(_thing(**spec)) == messages


def test_the_crd_may_restrict_the_name() -> None:
    """Everybody's metadata and the CRD's own rules hold together; a missing spec is missed at the root."""
    thing = {**_thing(), "metadata": {"name": "abcdef", "labels": {"a": 1}}}
    del thing["spec"]
    assert _said(thing) == [
        "missing field spec",
        "metadata.labels.a: expected string, got integer",
        "metadata.name: longer than 5 characters",
    ]


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"kind": "Deployment"},
        {"apiVersion": 1, "kind": "Deployment"},
        {"apiVersion": "apps/v1", "kind": "deployment"},
        {"apiVersion": "apps/v1beta1", "kind": "Deployment"},
        {"apiVersion": "example.org/v1", "kind": "thing", "spec": 1},
        {"apiVersion": "example.org/v1alpha1", "kind": "Thing"},
        {"apiVersion": "example.org/v1", "kind": "Other"},
        {"apiVersion": "v1", "kind": "WatchEvent"},
    ],
)
def test_an_unknown_kind_is_not_called_good(resource: dict[str, Any]) -> None:
    """No schema, no verdict; a version that is not served is unknown."""
    assert _said(resource) is None


def test_known_versions_are_listed() -> None:
    """Which versions there are, so that a wrong one can be named."""
    schemas = _schemas()
    assert schemas.versions("example.org", "Thing") == ("v1",)
    assert schemas.versions("apps", "Deployment") == ("v1",)
    assert schemas.versions("nope", "Nope") == ()
    assert schemas.knows("example.org", "Thing", "v1")
    assert not schemas.knows("example.org", "Thing", "v2")


def test_a_pattern_that_does_not_compile_is_admitted() -> None:
    """A pattern this engine lacks is left out and named, not guessed."""
    assert _schemas().unproved("example.org", "Thing", "v1") == (r"^\Qa.b\E$",)
    assert _schemas().unproved("example.org", "Other", "v1") == ()


def test_schemas_do_not_change() -> None:
    """Adding kinds gives new schemas; what is compiled is shared."""
    plain = Schemas("1.33")
    more = plain.with_crds([CRD])
    assert (plain.validate(_thing()), more.validate(_thing())) == (None, [])
    assert more.with_crds([]).validate(_thing(port=[])) != []


def test_a_later_crd_replaces_an_earlier_one() -> None:
    """The last definition of a kind holds."""
    open_crd = _changed(CRD, "spec/versions/1/schema/openAPIV3Schema", {"x-kubernetes-preserve-unknown-fields": True})
    assert _schemas().with_crds([open_crd]).validate(_thing(unheard=1)) == []


def test_what_is_no_json_is_a_mistake() -> None:
    """Keys that are no strings and objects of Python are said, not raised; deep nesting is judged."""
    deep: Any = {}
    for _ in range(400):
        deep = {"a": deep}
    assert _said(_thing(free=deep)) == []
    for labels in ({1: 2}, {"a": object()}):
        [error] = _schemas().validate(_thing(labels=labels)) or []
        assert error.message.startswith("cannot be judged: ")


@pytest.mark.parametrize("version", ["", "1", "2.0", "1.x", "latest"])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    """The message shows what a version looks like."""
    with pytest.raises(ValueError, match="is not a Kubernetes version such as"):
        Schemas(version)


def test_the_nearest_minor_is_taken() -> None:
    """The newest that is not newer, else the oldest; and it says whether it is exact."""
    minors = known_minors()
    assert {33, 35} <= set(minors)
    assert (CoreSchemas(33).minor, CoreSchemas(33).exact) == (33, True)
    assert (CoreSchemas(99).minor, CoreSchemas(99).exact) == (minors[-1], False)
    assert CoreSchemas(1).minor == minors[0]


def test_minors_differ() -> None:
    """A field that came with 1.34 is unknown in 1.33."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": copy.deepcopy(POD)}
    pod["spec"]["containers"][0]["restartPolicyRules"] = []  # type: ignore[index]  # test data
    assert [error.path[-1] for error in Schemas("1.33").validate(pod) or []] == ["restartPolicyRules"]
    assert Schemas("1.35").validate(pod) == []


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing kubernetes-validate is named."""
    monkeypatch.setattr("homelab.kube.schemas.core._folders", dict)
    with pytest.raises(LookupError, match="kubernetes-validate"):
        CoreSchemas(33)


def test_a_folder_of_schemas(tmp_path: Path) -> None:
    """Files by group, kind and version; definitions of their own; CRDs go before them."""
    schema = {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": {"type": "object", "additionalProperties": False, "properties": {"a": {"$ref": "#/definitions/b"}, "c": {"items": [{"type": "integer"}]}, "e": {"anyOf": [{"$ref": "#/definitions/f"}, {"type": "string"}]}}},
        },
        "patternProperties": {"^x": {}, r"\Qy\E": {}},
        "definitions": {"b": {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "f": {"properties": {"name": {}}, "additionalProperties": False}},
    }  # fmt: skip
    for folder, name in (("example.org", "thing_v1"), ("other.org", "thing_v1"), ("_skipped", "thing_v1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.json").write_text(json.dumps(schema))
    schemas = _schemas().with_folder(tmp_path)
    other = {**_thing(a=[], d=1, c=["x"], e={"nam": 1}), "apiVersion": "other.org/v1"}
    other["metadata"] = {"nam": "a"}
    assert [str(error) for error in schemas.validate(other) or []] == [
        "metadata.nam: unknown field nam, did you mean name?",
        "spec.a: expected integer or string, got array",
        "spec.c[0]: expected integer, got string",
        "spec.d: unknown field d",
        "spec.e.nam: unknown field nam, did you mean name?",
    ]
    assert schemas.unproved("other.org", "Thing", "v1") == (r"\Qy\E",)
    assert schemas.validate(_thing(a=1)) == [SchemaError(("spec", "a"), "unknown field a")]
    assert not schemas.knows("_skipped", "Thing", "v1")


@pytest.mark.slow
def test_every_crd_at_hand_compiles_and_fits_itself(test_data: Path) -> None:
    """All real CRDs are objects Kubernetes takes, and every served version gives a validator with all its patterns."""
    for file in sorted((test_data / "crds").rglob("*.yaml")):
        crds = [crd for crd in load(file.read_bytes(), file.name) if crd.get("kind") == "CustomResourceDefinition"]
        schemas = Schemas("1.35").with_crds(crds)
        for crd in crds:
            assert schemas.validate(crd) == [], file.name
            names = crd["spec"]["group"], crd["spec"]["names"]["kind"]
            served = [each["name"] for each in crd["spec"]["versions"] if each.get("served") is not False]
            assert schemas.versions(*names) == tuple(sorted(served))
            assert [schemas.unproved(*names, version) for version in served] == [()] * len(served)


@pytest.mark.slow
def test_every_schema_of_the_folder_compiles(test_data: Path) -> None:
    """The whole folder of schemas gives validators."""
    schemas = Schemas("1.33").with_folder(test_data / "schemas")
    index = json.loads((test_data / "schemas" / "index.json").read_text())["schemas"]
    for each in index:
        if not each["file"].startswith("_"):
            assert schemas.unproved(each["group"], each["kind"], each["version"]) == (), each["file"]
