"""Revisions: which of them mean something else tomorrow."""

from __future__ import annotations

import pytest

from homelab.assess.checks.gitops.sync_policy_unsafe import moves

REVISIONS = [
    # IsConstraint of util/versions, over Masterminds/semver: a version is one, whatever else it could be read as
    *(
        (text, False)
        for text in ("1.2.3", "v1.2.3", "1.2", "1", "v1", "1.2.3-rc.1", "1.2.3+build", "release-1.2", "0f3c2a9")
    ),
    *(
        (text, True)
        for text in ("4.x", "4.X.x", "1.*", "*", "x", "^1.2", "~1.2.3", ">=1.0 <2.0", ">= 1.0, < 2", "1.0 - 2.0")
    ),
    *((text, True) for text in ("1.x || 2.x", "v1.x", "!=1.0.0", "=1.2.x", ">=1.0.0-0")),
    # a branch by its whole name, and the first branches by their usual ones
    *((text, True) for text in ("refs/heads/anything", "main", "master", "HEAD", "")),
    *((text, False) for text in ("refs/tags/v1", "stable-2024", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef")),
]


@pytest.mark.parametrize(("revision", "expected"), REVISIONS)
def test_ranges_and_branches_move_and_versions_do_not(revision: str, expected: bool) -> None:
    """Each line is a revision with whether Argo CD would deploy something else under it tomorrow."""
    assert moves(revision) is expected
