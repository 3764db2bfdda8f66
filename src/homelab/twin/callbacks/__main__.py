"""The process of a twin that the API server calls into: `python -m homelab.twin.callbacks FOLDER`.

FOLDER holds `callbacks.json` (address of the API, files of keys); what was not evaluated is written to `not-evaluated.jsonl` there, and
processes that are a Service are read from `processes.json`: `{"web.shop.svc": 8443}`.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from homelab.errors import HomelabError
from homelab.twin.callbacks.answers import answer, reviewed
from homelab.twin.callbacks.door import Door
from homelab.twin.callbacks.setup import RECORD, SOCKET, Setup, processes
from homelab.twin.callbacks.trust import trust
from homelab.twin.keys import Signer

PACE = 1.0
"""Seconds between two looks at who is to be trusted."""


class Callbacks:
    """Answers in place of every webhook and aggregated API of a twin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.setup = Setup.read(folder)
        self.api = self.setup.api()
        self.signer = Signer(self.setup.authority, self.setup.authority_key)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._seen: Counter[tuple[str, str]] = Counter()

    def context(self, name: str) -> ssl.SSLContext:
        """TLS as a Service of this name; certificates are made once."""
        with self._lock:
            if name not in self._contexts:
                made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                made.load_cert_chain(*self.signer.files(self.folder / "certificates", name or "nobody"))
                self._contexts[name] = made
            return self._contexts[name]

    def serve(self, talk: ssl.SSLSocket, name: str) -> None:
        """Answer HTTP on a connection."""
        callbacks = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                if isinstance(body, dict) and body.get("kind") == "AdmissionReview":
                    callbacks.record(name, reviewed(body))
                self._said(answer(self.path, body, callbacks.objects, _now()))

            def do_GET(self) -> None:
                self._said(answer(self.path, None, callbacks.objects, _now()))

            def _said(self, found: dict[str, Any] | None) -> None:
                text = json.dumps(found or {"kind": "Status", "status": "Failure", "code": 404}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                return

        Handler(talk, ("", 0), None)  # type: ignore[arg-type] # nothing of a server is used

    def objects(self, version: str, kind: str) -> list[dict[str, Any]]:
        """Objects of the cluster."""
        return self.api.list(version, kind)

    def record(self, service: str, what: str) -> None:
        """Tell once of each object that a webhook was asked about it and did not look."""
        with self._lock:
            self._seen[service, what] += 1
            if self._seen[service, what] == 1:
                with (self.folder / RECORD).open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"service": service, "object": what}) + "\n")

    def run(self) -> None:
        """Open the door, and look again and again who is to be trusted."""
        table = processes(self.folder)
        door = Door(self.folder / SOCKET, self.context, self.serve, table)
        threading.Thread(target=door.run, daemon=True).start()
        authority = self.setup.authority.read_bytes()
        while True:
            try:
                trust(self.api, authority)
            except HomelabError as error:
                print(f"{_now()} {error.message}", flush=True)  # noqa: T201 - the log of this process
            time.sleep(PACE)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    Callbacks(Path(sys.argv[1])).run()
