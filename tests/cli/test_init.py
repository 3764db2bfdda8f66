"""init: few questions, a file that holds, and never over another."""

from __future__ import annotations

from homelab.spec.new import PROMPTS


def test_init_asks_little_and_writes_a_file_that_holds(homelab, tmp_path):
    """At most four questions lead to a file of at most 15 lines that can be checked and computed at once."""
    file = tmp_path / "homelab.yaml"
    done = homelab("init", file, stdin=b"192.168.1.10\n\n\n\n")
    assert done.code == 0, done.err
    assert len(PROMPTS) <= 4
    assert done.err.count(": ") <= 4 + len(PROMPTS)
    assert len(file.read_text().splitlines()) <= 15
    assert homelab("check", file).code in {0, 1}
    assert homelab("uptime", file).code == 0


def test_init_never_overwrites(homelab, lab):
    """A file that is there stays, and that is said."""
    before = lab.read_bytes()
    done = homelab("init", lab, "--yes", "--address", "10.0.0.5")
    assert done.code == 2
    assert "is there already; nothing was written" in done.err
    assert lab.read_bytes() == before


def test_init_without_questions(homelab, tmp_path):
    """--yes asks nothing; what has no default must be given, and the sentence says which flag."""
    file = tmp_path / "homelab.yaml"
    missing = homelab("init", file, "--yes")
    assert missing.code == 2
    assert "--address is needed" in missing.err
    assert not file.exists()
    assert homelab("init", file, "--yes", "--address", "10.0.0.5", "--memory", "64Gi").code == 0
    assert "memory: 64Gi" in file.read_text()


def test_init_prints_to_standard_output(homelab):
    """`-` prints the file instead of writing it."""
    done = homelab("init", "-", "--yes", "--address", "10.0.0.5", "--name", "mine")
    assert done.code == 0
    assert "name: mine\n" in done.out


def test_no_answer_is_a_sentence(homelab, tmp_path):
    """Where nobody answers, nothing is written and the way without questions is named."""
    file = tmp_path / "homelab.yaml"
    done = homelab("init", file)
    assert done.code == 2
    assert "no answer came" in done.err
    assert not file.exists()


def test_a_wrong_answer_is_a_sentence(homelab, tmp_path):
    """An answer that cannot be is told, and nothing is written."""
    file = tmp_path / "homelab.yaml"
    done = homelab("init", file, "--yes", "--address", "../x")
    assert done.code == 2
    assert not file.exists()


def test_unknown_application_is_refused(homelab, tmp_path):
    """An application that there is not is refused with the nearest name, and nothing is written."""
    file = tmp_path / "homelab.yaml"
    done = homelab("init", file, "--yes", "--address", "192.168.1.10", "--app", "n9n")
    assert (done.code, done.out) == (2, "")
    assert done.err == "--app n9n is not an application\n  hint: did you mean n8n?\n"
    assert not file.exists()


def test_init_writes_the_time_zone_of_its_computer(homelab, tmp_path, monkeypatch):
    """Timers are meant where their owner lives: by TZ, or as said; only where an application asks, and never a guess."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    for name, given, app, zone in (
        ("a", (), True, "Asia/Tokyo"), ("b", ("--timezone", "Europe/Rome"), True, "Europe/Rome"), ("c", (), False, None),
    ):  # fmt: skip
        file = tmp_path / f"{name}.yaml"
        apps = ("--app", "n8n") if app else ()
        done = homelab("init", file, "--yes", "--address", "10.0.0.5", *apps, *given)
        assert done.code == 0, done.err
        assert (f"timezone: {zone}" in file.read_text()) if zone else ("timezone" not in file.read_text())
