"""A command that is told to end takes along what it started."""

from __future__ import annotations

import signal
import threading

import pytest

from homelab.cli.twin.ending import like_interrupt


def test_being_told_to_end_is_an_interruption():
    """SIGTERM raises what Ctrl-C raises, and means what it meant before as soon as that is over."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), like_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_other_threads_go_on_without_it():
    """A thread that is not the main one cannot hear of signals, and is not stopped by that."""
    heard = []

    def run():
        with like_interrupt():
            heard.append("ran")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(5)
    assert heard == ["ran"]
