"""The way from the API server into the cluster: who is meant, and who answers behind it."""

from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import ToolError
from homelab.twin.callbacks.door import Door, server_name
from homelab.twin.keys import Keys, Signer


def hello(name):
    """The first bytes of a TLS client that asks for a name."""
    talk = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(*talk, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return talk[1].read()


def test_a_client_says_whom_it_means():
    """The name of the Service is read out of the first record."""
    assert server_name(hello("web.shop.svc")) == "web.shop.svc"


@pytest.mark.slow
@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_else_comes_is_refused_or_nameless(noise, cut):
    """Half a hello, or something else, is never a crash."""
    for text in (noise, hello("web.shop.svc")[:cut]):
        try:
            assert server_name(text) in {None, "web.shop.svc"} or text == noise
        except ValueError:
            continue


@pytest.fixture
def door(tmp_path):
    """A door whose stand-in says the name that it was called by."""
    keys = Keys(tmp_path / "keys")
    signer = Signer(keys.authority, keys.key(Keys.AUTHORITY))

    def context(name):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*signer.files(tmp_path / "certificates", name))
        return made

    def serve(talk, name):
        talk.recv(10)
        talk.sendall(name.encode())

    table = {}
    made = Door(tmp_path / "door", context, serve, lambda name, address: table.get((name, address)))
    thread = threading.Thread(target=made.run)
    thread.start()
    yield tmp_path / "door", keys.authority, table
    made.close()
    thread.join()


def connected(path):
    """A caller who has said CONNECT, and its answer."""
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(10)
    caller.connect(str(path))
    caller.sendall(b"CONNECT 10.244.0.7:9443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert caller.recv(100).startswith(b"HTTP/1.1 200 ")
    return caller


def test_the_stand_in_shows_a_certificate_that_the_caller_believes(door):
    """TLS is checked against the twin's authority and the Service's name, as the API server does it."""
    path, authority, _ = door
    context = ssl.create_default_context(cafile=authority)
    with connected(path) as caller, context.wrap_socket(caller, server_hostname="web.shop.svc") as talk:
        talk.sendall(b"x")
        assert talk.recv(100) == b"web.shop.svc"


def test_a_real_process_gets_the_bytes_as_they_are(door):
    """Nobody in between reads them: the process speaks TLS itself."""
    path, _, table = door
    with socket.create_server(("127.0.0.1", 0)) as server:
        table["web.shop.svc", "10.244.0.7:9443"] = server.getsockname()[1]
        first = hello("web.shop.svc")
        with connected(path) as caller:
            caller.sendall(first)
            process, _ = server.accept()
            with process:
                assert process.recv(len(first), socket.MSG_WAITALL) == first
                process.sendall(b"back")
                assert caller.recv(10) == b"back"


def test_who_does_not_say_connect_is_let_out(door):
    """The connection ends without an answer."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(10)
        caller.connect(str(door[0]))
        caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert caller.recv(10) == b""


def test_a_plain_request_is_not_waited_for(door):
    """What is no TLS, such as a request to a pod by the API server's proxy, ends at once and costs nothing."""
    began = time.monotonic()
    with connected(door[0]) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        with pytest.raises(ConnectionResetError):  # what it said was not read
            caller.recv(10)
    assert time.monotonic() - began < 5


def test_a_hello_may_come_in_pieces(door):
    """The second half is waited for."""
    first = hello("web.shop.svc")
    with connected(door[0]) as caller:
        caller.sendall(first[:50])
        time.sleep(0.1)
        caller.sendall(first[50:])
        assert caller.recv(1) == b"\x16"  # the server's own part of the handshake


def test_a_socket_that_cannot_be_made_is_told_with_its_path(tmp_path):
    """A path that is too long for a socket is an error in a sentence."""
    path = tmp_path / ("x" * 120)
    with pytest.raises(ToolError, match=f"no socket can be made at {path}"):
        Door(path, None, None, None)
