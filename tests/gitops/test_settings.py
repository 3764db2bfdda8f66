"""Parameters of Applications, read as helm's `--set` reads them."""

from __future__ import annotations

import pytest

from homelab.gitops.settings import Setting, Unsettled, settled


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("a", "1", {"a": 1}),
        ("a", "true", {"a": True}),
        ("a", "null", {"a": None}),
        ("a", "1.5", {"a": "1.5"}),
        ("a", "007", {"a": "007"}),
        ("a", "123456789012345678901", {"a": "123456789012345678901"}),
        ("a", "x\\,y", {"a": "x,y"}),
        ("a", "{p,q,1}", {"a": ["p", "q", 1]}),
        ("a", "{}", {"a": [""]}),
        ("a", "{p,,q,}", {"a": ["p", "", "q", ""]}),
        ("a", "{p\\,q}", {"a": ["p,q"]}),
        ("a.b\\.c/d.e", "x", {"a": {"b.c/d": {"e": "x"}}}),
        ("list[0].at", "7", {"list": [{"at": 7}]}),
        ("list[2]", "z", {"list": [None, None, "z"]}),
        ("list[0].a[1].b", "y", {"list": [{"a": [None, {"b": "y"}]}]}),
        ("list[1][0]", "x", {"list": [None, ["x"]]}),
    ],
)
def test_a_parameter_makes_what_helm_makes_of_it(name, text, made):
    """Names lead into maps and lists, values have the types that helm gives them."""
    assert settled({}, [Setting(name, text)]) == made


@pytest.mark.parametrize("name", ["list[x]", "list[0]a", "a..b", "", "a=b", ".a", "list[99999]", "a,b"])
def test_a_name_that_helm_refuses_is_refused(name):
    """What is no name of a parameter is said, and never guessed."""
    with pytest.raises(Unsettled):
        settled({}, [Setting(name, "x")])


@pytest.mark.parametrize(("values", "name"), [({"a": [1]}, "a.b"), ({"a": {"b": 1}}, "a[0]"), ({"a": "x"}, "a.b")])
def test_a_parameter_into_something_else_is_refused(values, name):
    """A name that leads into a list as a map, or the reverse, is refused as helm refuses it."""
    with pytest.raises(Unsettled):
        settled(values, [Setting(name, "x")])


def test_parameters_lie_over_values_and_files_over_all():
    """What was given stays, `--set-string` lies over `--set`, and the text of a file is taken as it is."""
    given = {"list": [{"a": 1}, "x"], "kept": {"a": 1}}
    made = settled(
        given,
        [
            Setting("b", "{x},1", "file"),
            Setting("a", "1", "string"),
            Setting("a", "2"),
            Setting("list[0].b", "2"),
            Setting("list[1].c", "3"),
            Setting("l", "{1}", "string"),
        ],
    )
    assert made == {
        "list": [{"a": 1, "b": 2}, {"c": 3}], "kept": {"a": 1}, "a": "1", "b": "{x},1", "l": ["1"],
    }  # fmt: skip
    assert given == {"list": [{"a": 1}, "x"], "kept": {"a": 1}}


def test_a_list_without_an_end_is_refused():
    """A value that opens a list and does not close it is none."""
    with pytest.raises(Unsettled, match="no end"):
        settled({}, [Setting("a", "{x")])
