"""A real S3 server on the loopback, over a folder: its buckets are folders, and its keys are made for the test."""

from __future__ import annotations

import secrets
import socket

from judges.processes import free_port

LOOPBACK = "127.0.0.1"


class Store:
    """One place for objects, as a NAS or a provider offers it, with one region and one pair of keys."""

    def __init__(self, processes, oracle, name, region):
        self.folder = processes.folder / f"store-{name}"
        self.region = region
        self.keys = {"AWS_ACCESS_KEY_ID": secrets.token_hex(10), "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20)}
        port = free_port()
        self.endpoint = f"http://{LOOPBACK}:{port}"
        data, kept = self.folder / "data", self.folder / "kept"
        for each in (data, kept):
            each.mkdir(parents=True)
        root = dict(zip(("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"), self.keys.values(), strict=True))
        flags = ["--port", f"{LOOPBACK}:{port}", "--region", region, "posix", "--sidecar", str(kept), str(data)]
        processes.start(f"store-{name}", oracle("versitygw"), *flags, **root)
        processes.ready(f"store-{name}", lambda: listens(port))

    @property
    def credentials(self):
        """The keys as Amazon's tools read them from a file."""
        return "[default]\n" + "".join(f"{key.lower()}={value}\n" for key, value in self.keys.items())

    def put(self, bucket, key, text=""):
        """An object that somebody else has written; none makes the bucket alone."""
        file = self.folder / "data" / bucket / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def keys_in(self, bucket):
        """The keys of all objects of a bucket."""
        top = self.folder / "data" / bucket
        return sorted(str(file.relative_to(top)) for file in top.rglob("*") if file.is_file())


def listens(port):
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as one:
        return one.connect_ex((LOOPBACK, port)) == 0
