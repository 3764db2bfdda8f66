"""The transcript: a fake that is as strict as the real thing."""

from __future__ import annotations

import pytest

from homelab.errors import ToolError
from homelab.tools.fake import Absent, Recorder, Transcript, play, said
from homelab.tools.process import Programs
from homelab.tools.run import Call


def test_a_transcript_answers_in_order_and_refuses_anything_else():
    """Only the expected call is answered; one too many or another one fails the test that made it."""
    runner = play(said("git", "status", stdout="clean"), said("git", "log", "..."))
    assert runner.run(Call(("/usr/bin/git", "status"))).text == "clean"
    assert runner.run(Call(("git", "log", "-1"))).code == 0
    with pytest.raises(AssertionError, match="the transcript is over"):
        runner.run(Call(("git", "log")))
    with pytest.raises(AssertionError, match="expects `git status`"):
        play(said("git", "status")).run(Call(("git", "push")))
    assert [call.argv[1] for call in runner.calls] == ["status", "log", "log"]


def test_a_recorded_failure_fails_as_the_real_one():
    """A code that is not allowed is the same ToolError."""
    with pytest.raises(ToolError, match="git failed with code 1: not today"):
        play(said("git", "push", stderr="not today", code=1)).run(Call(("git", "push")))


def test_what_is_recorded_plays_back_without_secrets(tmp_path):
    """A transcript recorded from real programs answers the same, and holds no secret."""
    recorder = Recorder(Programs())
    call = Call(("cat", "-"), stdin="größe hunter2".encode(), secrets=("hunter2",))
    recorder.run(call)
    file = tmp_path / "cat.json"
    recorder.write(file)
    assert "hunter2" not in file.read_text()
    plain = Call(("cat", "-"), stdin="größe ‹hidden›".encode())
    assert Transcript.read(file).run(plain).text == "größe ‹hidden›"


def test_a_machine_without_programs_can_be_played():
    """Code that asks for a program where none is gets the error it would get there."""
    with pytest.raises(ToolError, match="tofu is not installed"):
        Absent().run(Call(("tofu", "fmt")))
