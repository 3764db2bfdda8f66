"""Charts pulled by the real helm, both ways, from a repository on this machine that its configuration names."""

from __future__ import annotations

import functools
import hashlib
import ssl
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import missing
from homelab.errors import ToolError
from homelab.tools.charts.cache import Cache
from homelab.tools.charts.pull import FetchCommand, FetchLibrary, HelmPuller
from homelab.tools.charts.store import Absent, Store, Wanted
from homelab.tools.helm import HelmLibrary
from homelab.tools.process import Programs
from tools.charts.making import archive, files
from tools.charts.tls import certificate


class Quiet(SimpleHTTPRequestHandler):
    """A file server that says nothing and keeps the headers of whoever asked."""

    seen: list[str] = []  # noqa: RUF012 - one server a test

    def log_message(self, *_args):
        self.seen.append(str(self.headers))


@pytest.fixture
def publisher(tmp_path, monkeypatch):
    """A chart repository on https, with two versions of one chart; its address, and an environment that trusts it."""
    web = tmp_path / "web"
    listed = []
    for version in ("1.0.0", "1.1.0"):
        packed = archive(web / f"small-{version}.tgz", files(version=version))
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()
        listed.append(
            f"  - {{name: small, version: {version}, apiVersion: v2, urls: [{packed.name}], digest: {digest}}}\n"
        )
    (web / "index.yaml").write_text("apiVersion: v1\nentries:\n  small:\n" + "".join(listed))
    pem, secret = certificate(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(web)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"https://localhost:{server.server_port}"
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    config = tmp_path / "config"
    config.mkdir()
    text = f"apiVersion: ''\nrepositories: [{{name: home, url: '{address}', username: me, password: hunter2}}]\n"
    (config / "repositories.yaml").write_text(text)
    yield address, {"HELM_CONFIG_HOME": str(config)}
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["library", "command"])
def fetch(request, oracle):
    """Helm, one way and the other."""
    if request.param == "library":
        if not HelmLibrary.available():
            missing("helm-python-sdk", "it is in requirements/dev.txt")
        return FetchLibrary
    oracle("helm")
    return lambda environ: FetchCommand(Programs(), environ)


@pytest.mark.slow
@pytest.mark.parametrize(("wanted", "version"), [("1.0.0", "1.0.0"), ("^1", "1.1.0"), ("", "1.1.0")])
def test_helm_pulls_a_chart(tmp_path, publisher, fetch, wanted, version):
    """The version, or the newest in a range, lands in the cache and is found there without helm."""
    address, environ = publisher
    cache = Cache(tmp_path / "cache")
    found = Store(cache, puller=HelmPuller(fetch(environ), environ=environ)).find(Wanted(address, "small", wanted))
    assert (found.name, found.version) == ("small", version)
    assert Store(cache).find(Wanted(address, "small", version)).digest == found.digest


@pytest.mark.slow
def test_helm_says_why_there_is_no_chart(tmp_path, publisher, fetch):
    """A chart or version that the repository does not have is absent, in helm's words."""
    address, environ = publisher
    store = Store(Cache(tmp_path / "cache"), puller=HelmPuller(fetch(environ), environ=environ))
    for wanted in (Wanted(address, "small", "3.0.0"), Wanted(address, "nobody", "1.0.0")):
        with pytest.raises(Absent, match="not found"):
            store.find(wanted)


@pytest.mark.slow
def test_a_host_of_this_machine_is_asked_only_if_configured(tmp_path, publisher, fetch):
    """The same repository without helm's configuration is on loopback, and is left alone."""
    address, _ = publisher
    with pytest.raises(ToolError, match="not in the public Internet"):
        HelmPuller(fetch({}), environ={"HOME": str(tmp_path)}).pull(Wanted(address, "small", "1.0.0"), Cache(tmp_path))


@pytest.mark.slow
def test_a_chart_that_is_too_large_is_not_written(tmp_path, publisher, fetch, monkeypatch):
    """A repository that sends more than a chart may have fills no disk."""
    address, environ = publisher
    monkeypatch.setattr("homelab.tools.charts.pull.PACKED", 100)
    with pytest.raises(ToolError):
        HelmPuller(fetch(environ), environ=environ).pull(Wanted(address, "small", "1.0.0"), Cache(tmp_path / "cache"))
    assert list(Cache(tmp_path / "cache").all()) == []
