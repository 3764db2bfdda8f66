"""The guide on a twin: a newcomer types every block against a real API server, and Argo CD builds the lab behind it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from conftest import REPOSITORY
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.lab.tried import tried
from homelab.render import layout
from homelab.twin import argo as argo_cd
from homelab.twin.applied import applications, awaited, refreshed
from homelab.twin.drills.changes import Change
from homelab.twin.drills.run import run
from homelab.twin.twin import Twin
from render.test_newcomer import BLOCK, computer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
LAB = REPOSITORY / "examples" / "starter" / "homelab.yaml"


class Household(threading.Thread):
    """What goes on by itself while somebody types: Argo CD's programs start with their pods, and see what is pushed."""

    def __init__(self, twin, origin, started):
        super().__init__(daemon=True)
        self.twin, self.origin, self.started = twin, origin, started
        self.over, self.wrong = threading.Event(), []

    def run(self):
        try:
            self._until(lambda: self.twin.api.get("apps/v1", "Deployment", "argocd-server", argo_cd.NAMESPACE))
            self.twin._served(*argo_cd.PROJECT)
            argo_cd.settle(self.twin.api)
            argo_cd.projects(self.twin.api)
            self.twin.argo.start()
            self.started.touch()
            seen, since = "", {}
            while not self.over.wait(1):
                self.twin.mend()
                since = refreshed(self.twin.api, applications(self.twin.api), since)
                seen = self._pushed(seen)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.wrong.append(error)
        finally:
            self.twin.api.close()

    def _until(self, asked):
        while not self.over.is_set() and not asked():
            time.sleep(0.2)

    def _pushed(self, seen):
        """The files of a new commit, with this machine's addresses."""
        git = ["git", "--git-dir", str(self.origin)]
        head = subprocess.run(
            [*git, "rev-parse", "--quiet", "--verify", "main"], check=False, capture_output=True, text=True
        )
        if head.returncode == 0 and head.stdout != seen:
            names = subprocess.run(
                [*git, "ls-tree", "-r", "-z", "--name-only", "main"], capture_output=True, text=True, check=True
            )
            texts = {
                name: subprocess.run([*git, "show", f"main:{name}"], capture_output=True, text=True, check=True).stdout
                for name in names.stdout.split("\0")
                if name
            }
            self.twin.publish(texts, "as pushed")
        return head.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory, twin_program, test_data, oracle):
    """The twin of `starter`, what came of typing its guide, and what went wrong around it."""
    tmp_path = tmp_path_factory.mktemp("guide")
    charts = Charts(Options(folders=(test_data / "charts",)))
    folder, home = tmp_path / "lab", tmp_path / "typed"
    folder.mkdir()
    home.mkdir()
    (folder / "homelab.yaml").write_text(LAB.read_text(encoding="utf-8"), encoding="utf-8")
    environment = computer(home, oracle("kubectl"), REPOSITORY / "tests/twin/typed.py")
    subprocess.run(["homelab", "render", "--to", "."], cwd=folder, env=environment, check=True, capture_output=True)
    lab = Lab.load(str(LAB), helm=charts)
    with Twin(tmp_path / "twin", lab.tree.texts(), twin_program, charts) as twin:
        changes = {each.name: each for each in tried(lab)}
        gone = changes["n8n-off"]
        twin.changes = (Change(gone.name, gone.title, gone.lab.tree.texts, twin.read),)
        twin.boot()
        table = tmp_path / "table.json"
        table.write_text(json.dumps(twin.table), encoding="utf-8")
        environment |= {
            "TWIN_TABLE": str(table),
            "TWIN_KUBECONFIG": str(twin.control_plane.kubeconfig("admin")),
            "TWIN_STARTED": str(tmp_path / "started"),
            "REAL_HELM": str(oracle("helm")),
            "PYTHONPATH": f"{REPOSITORY / 'tests'}:{REPOSITORY / 'src'}",
        }
        around = Household(twin, home / "origin.git", tmp_path / "started")
        around.start()
        typed = "\n".join(BLOCK.findall((folder / layout.BUILD).read_text(encoding="utf-8")))
        typed = typed.replace("homelab assess\n", "homelab assess || [ $? -eq 1 ]\n")
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", typed], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        around.over.set()
        around.join(30)
        yield SimpleNamespace(twin=twin, done=done, wrong=around.wrong)


def test_the_guide_builds_the_lab(built):
    """Every block of the build guide ends as it says, and each Application that it waits for was Healthy."""
    assert built.wrong == []
    assert built.done.returncode == 0, built.done.stdout[-1500:] + built.done.stderr[-1500:]


def test_the_lab_of_the_guide_ends_synced(built):
    """In the end every Application is Synced and Healthy."""
    expected = {each.name for each in built.twin.inventory.applications}
    assert [each.name for each in awaited(built.twin.api, expected, 900).waiting] == []


@pytest.mark.soak
@pytest.mark.parametrize(
    "drill", ["as-built", "host-dies mini", "node-drained mini", "change-is-committed n8n-off", "etcd-is-restored"]
)
def test_what_breaks_in_a_whole_lab_goes_as_predicted(built, drill):
    """On the lab that Argo CD built, with its operators and all that stands in for others, every row is as predicted."""
    (drilled,) = run(built.twin, [drill])
    assert [
        f"{each.verdict.value}: {each.row.id} {each.row.expected}, seen {each.seen}"
        for each in drilled.compared
        if not each.well
    ] == []
