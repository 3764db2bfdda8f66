"""ApplicationSets: what generators give, how templates are filled, and what stays unknown."""

from __future__ import annotations

import pytest

from gitops.labs import HERE, applications, applicationset, config, gaps, names, reading

FAST = f"{{metadata: {{name: '{{{{name}}}}'}}, spec: {{source: {{repoURL: {HERE}, path: '{{{{folder}}}}'}}, destination: {{namespace: '{{{{name}}}}'}}}}}}"
GO = FAST.replace("{{name}}", "{{ .name }}").replace("{{folder}}", "{{- .folder -}}")


@pytest.mark.parametrize(("template", "more"), [(FAST, ""), (GO, "goTemplate: true")])
def test_a_list_makes_an_application_of_each_element(template: str, more: str) -> None:
    """Parameters are filled in, with Go templates and without."""
    generators = "[{list: {elements: [{name: one, folder: x}, {name: two, folder: z}]}}]"
    found = reading(set=applicationset(generators, template, more), x__a=config("a"), z__b=config("b"))
    assert applications(found) == ["one", "two"]
    assert names(found) == ["one/a", "two/b"]


def test_go_templates_index_the_segments_of_a_path() -> None:
    """`index .path.segments 1`, `.path.path` and `.path.basenameNormalized` name parts of a directory."""
    template = (
        "{metadata: {name: '{{.path.basenameNormalized}}'}, spec: {source: {path: '{{.path.path}}'},"
        " destination: {namespace: '{{index .path.segments 1}}-{{.path.basename}}'}}}"
    )
    found = reading(
        set=applicationset("[{git: {directories: [{path: apps/*/*}]}}]", template, "goTemplate: true"),
        apps__a__my_app__x=config("x"),
        apps__top=config("top"),
    )
    assert applications(found) == ["my-app"]
    assert names(found) == ["a-my_app/x"]


def test_what_the_generator_does_not_give_is_unknown() -> None:
    """Without Go templates an unresolved name stays as it is, and names nothing; functions are not run."""
    found = reading(
        one=applicationset("[{list: {elements: [{name: a}]}}]", FAST),
        two=applicationset("[{list: {elements: [{name: '{{ .name | upper }}'}]}}]", "{metadata: {name: '{{.x | upper}}'}}", "goTemplate: true"),
    )  # fmt: skip
    assert applications(found) == []
    assert "{{folder}}" in gaps(found)
    assert "{{.x | upper}}" in gaps(found)


def test_braces_that_are_no_parameter_are_text() -> None:
    """Without Go templates, a message for Prometheus in the values is kept as it stands."""
    template = (
        "{metadata: {name: '{{name}}', annotations: {said: '{{ $labels.pod }} is down'}},"
        " spec: {source: {path: '{{name}}'}, destination: {namespace: x}}}"
    )
    found = reading(set=applicationset("[{list: {elements: [{name: web}]}}]", template), web__a=config("a"))
    assert applications(found) == ["web"]


def test_clusters_are_the_one_cluster() -> None:
    """A clusters generator gives the cluster itself."""
    found = reading(set=applicationset("[{clusters: {}}]", FAST.replace("{{folder}}", "web")), web__a=config("a"))
    assert applications(found) == ["in-cluster"]


def test_selectors_and_templates_of_generators_count() -> None:
    """A selector takes some parameters out; a generator's own template is laid over the common one."""
    generators = """
    - list:
        elements: [{name: one, folder: x, env: dev}, {name: two, folder: x, env: prod}]
        template: {spec: {destination: {namespace: special}}}
      selector: {matchLabels: {env: prod}}
"""
    found = reading(set=applicationset(generators, FAST), x__a=config("a"))
    assert applications(found) == ["two"]
    assert names(found) == ["special/a"]


def test_a_name_that_is_made_twice_is_unknown() -> None:
    """Argo CD makes nothing of a set with two equal names; which one was meant is not guessed."""
    generators = "[{list: {elements: [{name: one, folder: x}, {name: one, folder: z}]}}]"
    found = reading(set=applicationset(generators, FAST), x__a=config("a"), z__b=config("b"))
    assert applications(found) == ["one"]
    assert "make one twice" in gaps(found)


@pytest.mark.parametrize(
    "generator",
    [
        "matrix: {generators: []}",
        "merge: {generators: []}",
        "git: {}",
        "git: {repoURL: elsewhere, files: []}",
        "pullRequest: {}",
    ],
)
def test_generators_that_need_more_are_unknown(generator: str) -> None:
    """Generators that are not read offline are named, with the place of the generators."""
    found = reading(set=applicationset(f"[{{{generator}}}]", FAST))
    assert generator.partition(":")[0] in gaps(found)
    assert found.unknown[0].place is not None


def test_a_template_patch_is_unknown() -> None:
    """What templatePatch does is not computed, and said."""
    more = "templatePatch: 'spec: {}'"
    found = reading(set=applicationset("[{list: {elements: [{name: web, folder: x}]}}]", FAST, more), x__a=config("a"))
    assert applications(found) == ["web"]
    assert "templatePatch is not read" in gaps(found)


def test_booleans_are_filled_in_as_yaml_writes_them() -> None:
    """A true parameter becomes `true`, a number its digits."""
    template = FAST.replace("'{{name}}'}, spec", "'x-{{flag}}-{{count}}'}, spec")
    found = reading(
        set=applicationset("[{list: {elements: [{name: web, folder: x, flag: true, count: 3}]}}]", template),
        x__a=config("a"),
    )
    assert applications(found) == ["x-true-3"]


def made(generators: str, name: str, more: str = "", **files: str) -> list[str]:
    """The names of the Applications that generators make, by a template for the name alone."""
    template = f"{{metadata: {{name: '{name}'}}, spec: {{source: {{path: web}}, destination: {{namespace: x}}}}}}"
    return sorted(applications(reading(set=applicationset(generators, template, more), web__a=config("a"), **files)))


LIST = "{list: {elements: [{name: a, path: web}, {name: b, path: web}]}}"
GENERATORS = [
    # list.go: every key is a parameter, `values` and `path` among them
    (f"[{LIST}]", "{{name}}-{{path}}", "", ["a-web", "b-web"]),
    ("[{list: {elements: [{values: {x: one}}]}}]", "{{values.x}}", "", ["one"]),
    ("[{list: {elements: [{values: {x: one}}]}}]", "{{.values.x}}", "goTemplate: true", ["one"]),
    ("[{list: {elementsYaml: '[{name: c}]'}}]", "{{name}}", "", ["c"]),
    # git.go: keys of a file, flat without Go templates, and where it lies; an exclusion wins, the star crosses slashes
    ("[{git: {files: [{path: 'x/*/app.yaml'}]}}]", "{{.path.basename}}-{{.in.ns}}", "goTemplate: true", ["one-n1", "two-n2"]),
    ("[{git: {files: [{path: 'x/*/app.yaml'}]}}]", "{{path[1]}}-{{in.ns}}", "", ["one-n1", "two-n2"]),
    ("[{git: {files: [{path: 'x/**'}, {path: 'x/two/*', exclude: true}]}}]", "{{path.filenameNormalized}}", "", ["app.yaml"]),
    ("[{git: {files: [{path: many.yaml}]}}]", "{{who}}", "", ["p", "q"]),
    ("[{git: {pathParamPrefix: at, directories: [{path: x/*}]}}]", "{{at.path.basename}}", "", ["one", "two"]),
    ("[{git: {values: {k: 'v-{{path.basename}}'}, directories: [{path: x/*}]}}]", "{{values.k}}", "", ["v-one", "v-two"]),
    # cluster.go: the cluster itself, with the generator's values
    ("[{clusters: {values: {k: v}}}]", "{{name}}-{{values.k}}", "", ["in-cluster-v"]),
    # matrix.go: each with each; fields of the second may name parameters of the first, and in Go templates the first wins
    (f"[{{matrix: {{generators: [{{clusters: {{}}}}, {LIST.replace('name:', 'app:')}]}}}}]", "{{name}}-{{app}}", "", ["in-cluster-a", "in-cluster-b"]),
    (f"[{{matrix: {{generators: [{{clusters: {{}}}}, {LIST}]}}}}]", "{{.name}}-{{.path}}-{{.server | x}}", "goTemplate: true", []),
    ("[{matrix: {generators: [{list: {elements: [{d: x}]}}, {git: {directories: [{path: '{{d}}/*'}]}}]}}]", "{{path.basename}}", "", ["one", "two"]),
    # merge.go: by keys, the later over the earlier
    (f"[{{merge: {{mergeKeys: [name], generators: [{LIST}, {{list: {{elements: [{{name: b, path: far}}, {{name: z}}]}}}}]}}}}]", "{{name}}-{{path}}", "", ["a-web", "b-far"]),
    # selectors see all parameters as texts
    ("[{list: {elements: [{name: a, on: true}, {name: b, on: false}]}, selector: {matchLabels: {on: 'true'}}}]", "{{name}}", "", ["a"]),
    ("[{list: {elements: [{name: a, m: {up: 1}}, {name: b}]}, selector: {matchLabels: {m.up: '1'}}}]", "{{.name}}", "goTemplate: true", ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("generators", "name", "more", "expected"), GENERATORS)
def test_generators_give_what_argo_cd_makes_of_them(generators: str, name: str, more: str, expected: list[str]) -> None:
    """Each line of the table is a rule of applicationset/generators of Argo CD 3.2."""
    files = {"x__one__app": "in: {ns: n1}", "x__two__app": "in: {ns: n2}", "many": "[{who: p}, {who: q}]"}
    assert made(generators, name, more, **files) == expected


GAPS = [
    "{clusters: {selector: {matchLabels: {env: prod}}}}",
    "{matrix: {generators: [{clusters: {}}, {pullRequest: {}}]}}",
    "{matrix: {generators: [{list: {elements: [{name: a}]}}, {list: {elements: [{name: b}]}}]}}",
    "{merge: {mergeKeys: [name], generators: [{list: {elements: [{name: a}, {name: a}]}}, {clusters: {}}]}}",
    "{list: {elementsYaml: '{{ .all | toJson }}'}}",
    "{git: {files: [{path: broken.yaml}]}}",
]


@pytest.mark.parametrize("generator", GAPS)
def test_what_a_generator_asks_elsewhere_is_said(generator: str) -> None:
    """No Application is guessed where a part of the generator is not known, and the gap is said."""
    template = "{metadata: {name: '{{name}}'}, spec: {source: {path: web}}}"
    found = reading(set=applicationset(f"[{generator}]", template), web__a=config("a"), broken="a: b: c")
    assert applications(found) == []
    assert "generator" in gaps(found)
