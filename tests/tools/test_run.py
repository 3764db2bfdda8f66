"""The seam: calls that can be printed, and results that are answers or errors."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import ToolError
from homelab.tools.run import HIDDEN, Call, Result, checked


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_printed_call_can_be_copied(words):
    """What is printed of a call without secrets reads back, in a shell, as the same words."""
    argv = ("x", *(word for word in words if "=" not in word))
    assert tuple(shlex.split(str(Call(argv)))) == argv


@pytest.mark.parametrize(
    "call",
    [
        Call(("tofu", "--token=hunter2")),
        Call(("tofu", "apply"), env={"PROXMOX_VE_API_TOKEN": "hunter2"}),
        Call(("curl", "-H", "Bearer hunter2"), secrets=("hunter2",)),
        Call(("x", "--admin-password=hunter2", "hunter2")),
    ],
)
def test_no_secret_is_printed(call):
    """A secret is hidden whether it is named, in a telling variable or in a telling option; also in a complaint."""
    assert "hunter2" not in str(call)
    assert HIDDEN in str(call)
    with pytest.raises(ToolError) as caught:
        checked(call, Result(1, stderr=b"refused: hunter2 is wrong"))
    assert "hunter2" not in str(caught.value)


def test_the_folder_and_the_variables_belong_to_the_command(tmp_path):
    """A printed call names its folder and variables, so that it does the same elsewhere."""
    call = Call(("git", "status"), cwd=tmp_path, env={"A": "b c"})
    assert str(call) == f"cd {shlex.quote(str(tmp_path))} && A='b c' git status"


def test_an_allowed_code_is_an_answer():
    """A code that the caller allows is no error."""
    result = Result(3, b"main.tf\n")
    assert checked(Call(("tofu", "fmt"), allowed=frozenset({0, 3})), result) is result


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Result(2, b"", b"no such chart\n"), "helm failed with code 2: no such chart"),
        (Result(2, b"only on stdout"), "helm failed with code 2: only on stdout"),
        (Result(1), "helm failed with code 1: it says nothing more"),
        (Result(-9), "helm was ended by signal 9: it says nothing more"),
    ],
)
def test_a_failure_is_told_in_the_words_of_the_program(result, message):
    """The error carries the program's complaint, and the hint the command to repeat."""
    with pytest.raises(ToolError) as caught:
        checked(Call(("/opt/helm", "template", "x")), result)
    assert caught.value.message == message
    assert caught.value.hint == "to repeat it: /opt/helm template x"


def test_a_long_complaint_is_cut_at_its_beginning():
    """The end of a complaint is what matters: only that is kept."""
    said = Result(1, stderr=b"a" * 9000 + b"the reason").complaint
    assert said.startswith("… ")
    assert said.endswith("the reason")
    assert len(said) < 2100
