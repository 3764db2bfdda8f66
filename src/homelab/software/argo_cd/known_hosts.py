"""Servers whose SSH host keys Argo CD brings: it refuses every other one until it is given a key."""

from __future__ import annotations

KNOWN_HOSTS = (
    "[ssh.github.com]:443",
    "bitbucket.org",
    "github.com",
    "gitlab.com",
    "ssh.dev.azure.com",
    "vs-ssh.visualstudio.com",
)
"""As known_hosts calls them. Source: chart argo-cd 10.1.1 `values.yaml`, `configs.ssh.knownHosts`, as a test compares; also
https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/#ssh-known-host-public-keys
"""
