"""The extra `uptime`: numba compiles the loops of `kernels`, where it is installed. Nothing needs it for an answer.

Its import takes most of a second, so that it is asked only where there is much to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from homelab.availability.engine import kernels

MUCH = 5_000_000
"""Nodes and pairs, over all passes that are foreseen, from which on compiled loops are worth their import of a second."""
GATES = 2000
"""Gates from which on diagrams are worth it."""


@cache
def installed() -> bool:
    """Whether numba is there."""
    return find_spec("numba") is not None


@cache
def compiled(name: str) -> Callable[..., Any]:
    """A kernel, compiled; kept on disk for the next process."""
    made: Callable[..., Any] = import_module("numba").njit(cache=True, nogil=True)(getattr(kernels, name))
    return made


def whole(values: Sequence[int]) -> Any:
    """An array of whole numbers."""
    return import_module("numpy").array(values, dtype="int64")


def real(values: Sequence[float]) -> Any:
    """An array of numbers."""
    return import_module("numpy").array(values, dtype="float64")


def flags(values: Sequence[bool]) -> Any:
    """An array of truths."""
    return import_module("numpy").array(values, dtype="bool")


def room(count: int, kind: str = "int64") -> Any:
    """Zeros."""
    return import_module("numpy").zeros(count, kind)


def joined(arrays: Sequence[Any]) -> Any:
    """One array after the other."""
    return import_module("numpy").concatenate(arrays)


def empty(count: int) -> Any:
    """Room for numbers."""
    return import_module("numpy").zeros(count)
