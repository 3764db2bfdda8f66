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


@pytest.mark.parametrize("generator", ["matrix: {generators: []}", "git: {files: [{path: x}]}", "pullRequest: {}"])
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
