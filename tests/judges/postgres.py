"""A real PostgreSQL that archives as a rendered Cluster would: by the commands that its plugin makes of the ObjectStore.

Which options plugin-barman-cloud hands to barman is read in github.com/cloudnative-pg/barman-cloud:
`pkg/archiver/command.go` (the log), `pkg/archiver/archiver.go` (the check before the first write), `pkg/backup/backup.go`,
`pkg/command/{commandbuilder,backuplist,backupdelete}.go`, `pkg/utils/barman.go` (retention); how it restores in
plugin-barman-cloud, `internal/cnpgi/restore/restore.go`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess

from judges.processes import free_port

UNITS = {"d": "DAYS", "w": "WEEKS", "m": "MONTHS"}


def as_postgres():
    """What runs a program as somebody else than root, which PostgreSQL refuses: a user namespace, where we are root."""
    if os.geteuid():
        return []
    user, group = (subprocess.check_output(["id", flag, "postgres"], text=True).strip() for flag in ("-u", "-g"))
    return ["unshare", "--user", f"--map-user={user}", f"--map-group={group}"]


class Archive:
    """Where a rendered Cluster archives, in a bucket of the loopback instead of the lab's."""

    def __init__(self, spec, server, store, oracle):
        self.spec, self.server, self.store = spec, server, store
        self.program = oracle("barman-cloud")
        self.configuration = spec["configuration"]
        self.path = self.configuration["destinationPath"]
        self.bucket, _, prefix = self.path.removeprefix("s3://").partition("/")
        self.prefix = f"{prefix}/".lstrip("/") + server
        store.put(self.bucket, ".there")

    @property
    def environment(self):
        """What the plugin's container has: the keys, and what the ObjectStore says."""
        said = {item["name"]: item["value"] for item in self.spec["instanceSidecarConfiguration"]["env"]}
        return {**self.store.keys, **said}

    def place(self):
        """The options that every command has, then where it reads or writes."""
        return ["--endpoint-url", self.store.endpoint, "--cloud-provider", "aws-s3", self.path, self.server]

    def archiving(self):
        """The command that archives one file of the log."""
        return [str(self.program), "wal-archive", f"--{self.configuration['wal']['compression']}", *self.place()]

    def fetching(self):
        """The command that brings one file of the log back."""
        return [str(self.program), "wal-restore", *self.place()]

    def policy(self):
        """The retention as barman is told it."""
        number, unit = re.fullmatch(r"([1-9][0-9]*)([dwm])", self.spec["retentionPolicy"]).groups()
        return f"RECOVERY WINDOW OF {number} {UNITS[unit]}"

    def objects(self):
        """The keys below the archive's own folder, without that folder."""
        mine = f"{self.prefix}/"
        return [key.removeprefix(mine) for key in self.store.keys_in(self.bucket) if key.startswith(mine)]


class Database:
    """One server over one folder of its own."""

    def __init__(self, processes, oracle, name, archive):
        self.processes, self.name, self.archive = processes, name, archive
        self.programs = oracle("postgres").resolve().parent
        self.home = processes.folder / name
        self.home.mkdir()
        self.data, self.port = self.home / "data", free_port()

    def run(self, *argv, succeeds=True):
        """What a program prints; its whole complaint where it fails."""
        done = subprocess.run(
            [*as_postgres(), *(str(each) for each in argv)],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=self.environment,
            check=False,
        )
        assert not succeeds or done.returncode == 0, f"{argv}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done

    @property
    def environment(self):
        """Where the server is, and where its archive."""
        here = {"PGHOST": str(self.processes.folder), "PGPORT": str(self.port), "PGUSER": "postgres", "TZ": "UTC"}
        return self.processes.environment(**here, **self.archive.environment)

    def barman(self, command, *argv, succeeds=True):
        """One command of barman, as this database's plugin calls it."""
        return self.run(self.archive.program, command, *argv, succeeds=succeeds)

    def create(self):
        """A new database that archives every file of its log."""
        self.run(
            self.programs / "initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--data-checksums"
        )
        command = shlex.join(self.archive.archiving())
        self.configure(archive_mode="on", archive_command=f"{command} %p", wal_level="logical")
        self.start()

    def configure(self, **settings):
        """Settings of the server, behind those that are there."""
        fixed = {
            "port": self.port,
            "unix_socket_directories": self.processes.folder,
            "listen_addresses": "",
            "fsync": "off",
        }
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            for key, value in {**fixed, **settings}.items():
                quoted = str(value).replace("'", "''")
                file.write(f"{key} = '{quoted}'\n")

    def start(self):
        """Start it, and wait until it takes writes."""
        argv = [*as_postgres(), self.programs / "postgres", "-D", self.data]
        self.processes.start(self.name, *argv, **self.environment)
        self.processes.ready(self.name, lambda: self.asked("select pg_is_in_recovery()", succeeds=False) == "f", 120)

    def asked(self, statement, *, succeeds=True):
        """What the database answers, as text."""
        argv = [self.programs / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        return self.run(*argv, "--dbname=postgres", f"--command={statement}", succeeds=succeeds).stdout.strip()

    def archived(self):
        """Close the file of the log that is being written, and the name of it."""
        return self.asked("select pg_walfile_name(pg_switch_wal())")

    def back_up(self, name):
        """A base backup; a checkpoint before it, which it would spread over minutes otherwise."""
        self.asked("checkpoint")
        data = self.archive.configuration["data"]
        assert set(data) == {"compression"}
        self.barman("backup", "-U", "postgres", "-n", name, f"--{data['compression']}", *self.archive.place())

    def backups(self):
        """The base backups of the archive, oldest first."""
        said = self.barman("backup-list", "--format", "json", *self.archive.place()).stdout
        return sorted(json.loads(said)["backups_list"], key=lambda each: each["begin_time_iso"])

    def tidy(self):
        """Delete what the retention says may go."""
        self.barman("backup-delete", *self._options(), "--retention-policy", self.archive.policy(), *self._where())

    def _options(self):
        return self.archive.place()[:4]

    def _where(self):
        return self.archive.place()[4:]

    def restore(self, backup, moment):
        """Fetch a base backup and follow the log to a moment; the server then stands alone."""
        self.barman("restore", *self._options(), *self._where(), backup, self.data)
        (self.data / "postgresql.auto.conf").write_text("", encoding="utf-8")
        self.configure(
            archive_mode="off",
            restore_command=f"{shlex.join(self.archive.fetching())} %f %p",
            recovery_target_time=moment,
            recovery_target_action="promote",
        )
        (self.data / "recovery.signal").touch()
        self.start()
