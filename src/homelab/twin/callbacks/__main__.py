"""The process of a twin that the API server calls into: `python -m homelab.twin.callbacks FOLDER`.

FOLDER holds `callbacks.json` (address of the API, files of keys); what was not evaluated is written to `not-evaluated.jsonl` there, and
processes that are a Service are read from `processes.json`: `{"web.shop.svc": 8443}`.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from homelab.cluster.api import Object
from homelab.errors import HomelabError
from homelab.twin.callbacks.answers import METRICS, answer, asked
from homelab.twin.callbacks.certificates import Certificates
from homelab.twin.callbacks.door import Door
from homelab.twin.callbacks.injector import Injector
from homelab.twin.callbacks.record import NotEvaluated, Record
from homelab.twin.callbacks.setup import SOCKET, Processes, Setup
from homelab.twin.keys import Signer


class Callbacks:
    """Answers in place of every webhook and aggregated API of a twin."""

    def __init__(self, folder: Path) -> None:
        setup = Setup.read(folder)
        authority = setup.authority.read_bytes()
        signer = Signer(setup.authority, setup.authority_key)
        self.api = setup.api()
        self.record, self.processes = Record(folder), Processes(folder)
        self.injector = Injector(self.api, authority, _log)
        self.certificates = Certificates(
            folder / "certificates", signer, authority, self.injector.bundles, self._secrets
        )

    def _secrets(self, namespace: str) -> list[Object]:
        return self.api.list("v1", "Secret", namespace)

    def serve(self, talk: ssl.SSLSocket, name: str) -> None:
        """Answer one question on a connection."""
        _Handler(talk, ("", 0), (self, name))  # type: ignore[arg-type] # what is a server there is only handed through

    def answered(self, name: str, path: str, body: Any) -> Object | None:
        """What is said to a question; what nobody evaluated by that is told."""
        found = answer(path, body, self.api.list, _now())
        if found and (about := asked(path, body)):
            by = self.injector.names(name, path.partition("?")[0]) if body else METRICS.partition("/")[0]
            self.record.tell(*(NotEvaluated(name, by, each) for each in about))
        return found

    def process(self, name: str, address: str) -> int | None:
        """The port of the process that is a pod or a Service; who names none (the check whether an API is available) has an address."""
        table = self.processes.table()
        return table.get(address) or table.get(name or self._behind(address)) if table else None

    def _behind(self, address: str) -> str:
        """The Service of which an address is an endpoint, as `web.shop.svc`; empty where it is none's."""
        host, _, port = address.rpartition(":")
        for each in self.api.list("discovery.k8s.io/v1", "EndpointSlice"):
            hosts = {found for endpoint in each.get("endpoints") or () for found in endpoint["addresses"]}
            if host in hosts and port in {str(found.get("port")) for found in each.get("ports") or ()}:
                meta = each["metadata"]
                return f"{meta.get('labels', {}).get('kubernetes.io/service-name', '')}.{meta['namespace']}.svc"
        return ""

    def run(self) -> None:
        """Open the door in this folder, and write who is to be trusted as it appears, until the process ends."""
        self.injector.start()
        Door(Path(SOCKET), self.certificates.context, self.serve, self.process).run()


class _Handler(BaseHTTPRequestHandler):
    """Answers one question.

    The next one comes over a new connection, for which the API server chooses a ready pod again: a kept one would go on
    answering for pods that are gone.
    """

    protocol_version = "HTTP/1.1"
    server: tuple[Callbacks, str]  # type: ignore[assignment]

    def do_POST(self) -> None:
        """A review."""
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(text)
            self._answer({**body, "kind": body["kind"]})
        except (ValueError, KeyError, TypeError, AttributeError):  # no review, or not the whole of one
            self._said(None, HTTPStatus.BAD_REQUEST)

    def do_GET(self) -> None:
        """An aggregated API."""
        self._answer(None)

    def _answer(self, body: Any) -> None:
        callbacks, name = self.server
        try:
            found = callbacks.answered(name, self.path, body)
        except HomelabError as error:
            _log(error.message)
            self._said(None, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._said(found)

    def _said(self, found: Object | None, otherwise: HTTPStatus = HTTPStatus.NOT_FOUND) -> None:
        text = json.dumps(found or _status(otherwise)).encode()
        self.send_response(HTTPStatus.OK if found else otherwise)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing is logged of a call; see `record`."""


def _status(code: HTTPStatus) -> Object:
    said = "a stand-in of the twin answers here, and knows nothing of this"
    return {"apiVersion": "v1", "kind": "Status", "status": "Failure", "message": said, "code": int(code)}


def _log(text: str) -> None:
    print(f"{_now()} {text}", flush=True)  # noqa: T201 - the log of this process


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(folder: Path) -> None:
    """Answer until the process is ended.

    Raises:
        HomelabError: the folder holds no setup, or can hold no socket.
    """
    os.chdir(folder)  # a socket's path has 107 bytes at most, a twin's folder may be longer
    Callbacks(Path.cwd()).run()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except HomelabError as error:
        _log(error.message)
        sys.exit(1)
