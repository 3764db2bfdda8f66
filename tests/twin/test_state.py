"""What a running twin says of itself: believed only while the very process runs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from homelab.twin.state import began, own, read, stop, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")


def test_a_state_is_read_as_it_was_written(tmp_path):
    """Another process finds the twin by its folder."""
    state = own("homelab.yaml", ready=True, kubeconfig="/k", kubernetes="1.35.2")
    write(tmp_path, state)
    assert read(tmp_path) == state
    assert state.runs


@pytest.mark.parametrize("text", ["", "{", "[]", '{"source": "x"}', '{"keeper": 1, "unknown": 2}'])
def test_a_file_of_another_shape_is_no_twin(tmp_path, text):
    """Half a file, or somebody else's, is not believed."""
    (tmp_path / "twin.json").write_text(text)
    assert read(tmp_path) is None
    assert stop(tmp_path) is False


def test_a_process_id_that_was_given_out_again_is_not_ended(tmp_path):
    """A process of the same number that began at another time is somebody else."""
    state = own("x")
    write(tmp_path, replace(state, began=state.began + 1))
    assert not read(tmp_path).runs
    assert stop(tmp_path) is False


def test_stopping_waits_until_the_keeper_is_gone(tmp_path):
    """Afterwards there is no process of its number."""
    keeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    write(tmp_path, replace(own("x"), keeper=keeper.pid, began=began(keeper.pid)))
    assert read(tmp_path).runs
    assert stop(tmp_path) is True
    assert keeper.wait() == -15
    assert began(keeper.pid) is None
