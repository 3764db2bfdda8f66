"""Databases of rendered labs with real PostgreSQL, barman and a bucket: archived, dropped, back at a moment, tidied.

What CloudNativePG and its plugin do around barman is not run here; the commands are those that the plugin makes.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from alerts.labs import example
from conftest import missing
from homelab.catalog.offers.postgres import PLUGIN
from homelab.render.guide.databases import MOMENT
from judges.bucket import Store
from judges.postgres import Archive, Database, as_postgres
from judges.processes import Processes, until

pytestmark = pytest.mark.judge
FORM = "%Y-%m-%d %H:%M:%S+00"
"""The moment as docs/restore.md writes it."""


def archive_of(lab, cluster):
    """The specification of a rendered Cluster's ObjectStore, and the server's name in it."""
    (plugin,) = [each for each in cluster.get("spec.plugins") if each["name"] == PLUGIN and each["isWALArchiver"]]
    parameters = plugin["parameters"]
    store = lab.inventory.get("ObjectStore", cluster.namespace, parameters["barmanObjectName"])
    return json.loads(json.dumps(store.body["spec"])), parameters.get("serverName", cluster.name)


def clusters(lab):
    """The rendered Clusters by namespace."""
    found = [each for each in lab.inventory.of("Cluster") if each.get("spec.plugins")]
    return {each.namespace: each for each in found}


def page(lab):
    """The Cluster that docs/restore.md restores with."""
    text = lab.tree.texts()["docs/restore.md"]
    blocks = re.findall(r"```sh\nkubectl apply -f - <<'END'\n(.*?)END\n```", text, re.DOTALL)
    documents = [body for block in blocks for body in yaml.safe_load_all(block) if body]
    (found,) = [body for body in documents if "recovery" in body.get("spec", {}).get("bootstrap", {})]
    return found


@pytest.fixture(scope="module", params=["enterprise", "guide"])
def lab(request):
    """An example that archives to a provider, and one that archives to the lab's own Ceph."""
    return example(request.param)


@pytest.fixture(scope="module")
def processes(lab, tmp_path_factory):
    """What runs for one lab, where somebody else than root may run it."""
    if subprocess.run([*as_postgres(), "true"], capture_output=True, check=False).returncode:
        missing(
            "unshare", "PostgreSQL refuses root, and this machine allows no user namespaces: run it as somebody else"
        )
    with Processes(tmp_path_factory.mktemp("postgres")) as made:
        yield made


@pytest.fixture(scope="module")
def store(lab, processes, oracle):
    """The bucket's server, in the region that the ObjectStore says."""
    spec, _server = archive_of(lab, clusters(lab)["n8n-prod"])
    region = {each["name"]: each["value"] for each in spec["instanceSidecarConfiguration"]["env"]}["AWS_DEFAULT_REGION"]
    return Store(processes, oracle, "archive", region)


@pytest.fixture(scope="module")
def archive(lab, store, oracle):
    return Archive(*archive_of(lab, clusters(lab)["n8n-prod"]), store, oracle)


@pytest.fixture(scope="module")
def database(processes, archive, oracle):
    """The production database with one base backup, then rows, then without its table; `moment` is between the two."""
    made = Database(processes, oracle, "first", archive)
    assert made.barman("check-wal-archive", *archive.place()).returncode == 0
    made.create()
    made.asked("create table flows (id int primary key, what text)")
    made.asked("insert into flows select n, 'before ' || n from generate_series(1, 1000) n")
    made.back_up("daily")
    made.asked("insert into flows select n, 'after ' || n from generate_series(1001, 3000) n")
    time.sleep(1.1)
    made.moment = datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.1)
    made.asked("drop table flows")
    last = made.archived()
    until(lambda: any(last in key for key in archive.objects()), f"{last} in the archive")
    return made


def test_the_archive_lies_where_the_objectstore_says(database, archive):
    """Everything is written below the rendered path and the server's name, compressed as it is rendered."""
    mine = archive.objects()
    assert {key.split("/")[0] for key in mine} == {"base", "wals"}
    assert {key.rpartition(".")[2] for key in mine if key.startswith("wals") and not key.endswith(".backup.gz")} == {
        "gz"
    }
    assert any(re.fullmatch(r"base/\d+T\d+/data\.tar\.gz", key) for key in mine)
    others = [key for key in archive.store.keys_in(archive.bucket) if not key.startswith(f"{archive.prefix}/")]
    assert others == [".there"]


def test_a_dropped_table_comes_back_with_all_rows(lab, database, processes, archive, oracle):
    """Restored as docs/restore.md says, to a moment in the form that it shows, the database has every row again."""
    assert "flows" not in database.asked("select relname from pg_class where relkind = 'r'").split()
    written = page(lab)
    (source,) = written["spec"]["externalClusters"]
    spec, server = archive_of(lab, clusters(lab)["n8n-prod"])
    assert source["plugin"]["parameters"]["serverName"] == server
    assert (
        lab.inventory.get("ObjectStore", "n8n-prod", source["plugin"]["parameters"]["barmanObjectName"]).body["spec"]
        == spec
    )
    assert written["spec"]["bootstrap"]["recovery"]["recoveryTarget"] == {"targetTime": MOMENT}
    assert datetime.strptime(MOMENT, FORM).replace(tzinfo=UTC).strftime(FORM) == MOMENT  # the form of our own moment
    again = Database(processes, oracle, "again", archive)
    (backup,) = again.backups()
    again.restore(backup["backup_id"], database.moment.strftime(FORM))
    assert again.asked("select count(*), min(id), max(id), count(distinct what) from flows") == "3000|1|3000|3000"
    assert again.asked("show data_checksums") == "on"
    before = len(archive.objects())
    again.asked("create table own (id int)")
    again.archived()
    assert len(archive.objects()) == before  # it writes into nobody's folder


def test_a_moment_beyond_the_archive_is_refused(database, processes, archive, oracle):
    """The log is followed to its end, and where the moment is later the server says so and takes no writes."""
    late = Database(processes, oracle, "late", archive)
    (backup,) = late.backups()
    with pytest.raises(AssertionError, match="recovery ended before configured recovery target was reached"):
        late.restore(backup["backup_id"], (database.moment + timedelta(days=1)).strftime(FORM))


def test_the_retention_keeps_what_a_moment_in_it_needs(database, archive):
    """Of three base backups the one older than the window goes, and the newest from before it stays, with the log since."""
    for name in ("second", "third"):
        database.back_up(name)
    ids = [each["backup_id"] for each in database.backups()]
    assert len(ids) == 3
    days = int(archive.spec["retentionPolicy"].removesuffix("d"))
    for backup, age in zip(ids, (2 * days, days + 2, 1), strict=True):
        aged(archive, backup, age)
    first, second, _third = database.backups()
    database.tidy()
    assert [each["backup_id"] for each in database.backups()] == ids[1:]
    kept = sorted(re.findall(r"wals/[0-9A-F]+/([0-9A-F]{24})", "\n".join(archive.objects())))
    assert kept[0] >= second["begin_wal"] > first["begin_wal"]
    assert second["begin_wal"] in kept


def aged(archive, backup, days):
    """Make a base backup older, in its own description, which is all that barman asks."""
    file = archive.store.folder / "data" / archive.bucket / archive.prefix / "base" / backup / "backup.info"
    text = file.read_text(encoding="utf-8")
    then = datetime.now(UTC) - timedelta(days=days)
    for key in ("begin_time", "end_time"):
        text = re.sub(rf"^{key}=.*$", f"{key}={then.strftime('%a %b %d %H:%M:%S %Y')}", text, flags=re.MULTILINE)
        text = re.sub(rf"^{key}_iso=.*$", f"{key}_iso={then.isoformat()}", text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


def test_databases_do_not_meet(database, archive, store, oracle):
    """Each environment may begin in its own folder of the bucket; in one that another writes it is refused."""
    lab = example("enterprise")
    spaces = clusters(lab)
    assert len(spaces) == 3
    own = [Archive(*archive_of(lab, cluster), store, oracle) for cluster in spaces.values()]
    assert len({(each.bucket, each.prefix) for each in own}) == 3
    for each in own:
        taken = (each.bucket, each.prefix) == (archive.bucket, archive.prefix)
        said = database.barman("check-wal-archive", *each.place(), succeeds=False)
        assert (said.returncode != 0) is taken, said.stderr
    shared = own[0]
    shared.path, shared.server = archive.path, archive.server
    said = database.barman("check-wal-archive", *shared.place(), succeeds=False)
    assert said.returncode != 0
    assert "Expected empty archive" in said.stderr
