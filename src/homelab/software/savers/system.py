"""Savers: programs that copy files elsewhere; which, only their configuration says."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from homelab.kube.facts import Fact, Saves
from homelab.software.seen import Around
from homelab.software.software import ImageTruth, Software

IMAGES = (
    "restic/restic",
    "kopia/kopia",
    "litestream/litestream",
    "rclone/rclone",
    "borgmatic-collective/borgmatic",
    "borgmatic/borgmatic",
    "offen/docker-volume-backup",
    "duplicati/duplicati",
    "linuxserver/duplicati",
    "garethgeorge/backrest",
    "tiredofit/db-backup",
    "nfrastack/db-backup",
    "prodrigestivill/postgres-backup-local",
    "databacker/mysql-backup",
)


def _saves(program: str, around: Around) -> Iterable[Fact]:
    return (Saves(around.subject, program),)


SAVERS = Software(
    name="savers",
    programs=tuple(ImageTruth(image, partial(_saves, image.rpartition("/")[2])) for image in IMAGES),
)
