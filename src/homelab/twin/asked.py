"""From what a command was asked about, a lab or the folder of a repository, to its twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from homelab.errors import ToolError, UnreadableRepository, pasted
from homelab.gitops import repository as repositories
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.lab.charts import Charts
from homelab.lab.pipeline import Lab, Repository
from homelab.lab.told import Told, silent
from homelab.lab.tried import tried
from homelab.twin.control_plane import Newer
from homelab.twin.drills.changes import Change, Reads, mistakes
from homelab.twin.install import found
from homelab.twin.programs import BROUGHT, OPERATORS, Brought, Program, control_plane, minor_of, next_minor, programs
from homelab.twin.twin import Twin

HEAD = "head"
"""The name of the change that a pull request is."""


@dataclass(frozen=True)
class AtHand:
    """The programs of a twin of one Kubernetes minor; called with a name it gives the program's file.

    `files` are those that it cannot do without, `operators` those that were built.
    """

    files: dict[str, Path]
    operators: dict[str, Path]

    @classmethod
    def of(cls, minor: str) -> AtHand:
        """All programs of a minor.

        Raises:
            ToolError: some are missing; all are named.
        """
        wanted: tuple[Program | Brought, ...] = (*programs(minor), *BROUGHT)
        there = {each.name: path for each in wanted if (path := found(each))}
        if gone := [each.name for each in wanted if each.name not in there]:
            hint = pasted("homelab", "twin", "install", "--minor", minor) + " builds or names what is missing"
            raise ToolError(f"a twin needs programs that are not there: {', '.join(gone)}", hint=hint)
        return cls(there, {each.name: path for each in OPERATORS if (path := found(each))})

    def __call__(self, name: str) -> Path:
        """The file of a program."""
        return self.files[name]


def texts_of(asked: Lab | Repository) -> dict[str, str]:
    """Every file of a repository, as it is pushed; pages of computed figures are nobody's business here."""
    if isinstance(asked, Lab):
        return asked.tree.texts()
    return {path: text for path, text in repositories.of_folder(asked.folder).texts.items() if not path.startswith("/")}


def grounded(inventory: Inventory) -> Ground:
    """What a lab stands on.

    Raises:
        UnreadableRepository: nobody says which nodes it has.
    """
    ground = inventory.ground
    if ground is None or not ground.nodes:
        hint = "a file .homelab/lab.yaml in the repository may say it: `homelab render` writes one"
        raise UnreadableRepository("nobody says which nodes this lab has", hint=hint)
    return ground


def twin_of(
    asked: Lab | Repository,
    folder: Path,
    charts: Charts,
    *,
    told: Told = silent,
    fast: float = 1.0,
    head: Repository | None = None,
) -> Twin:
    """The twin of a lab or a repository; nothing is started yet. `head` is the repository as a pull request makes it.

    Raises:
        UnreadableRepository: nobody says which nodes it has.
        UsageError: no twin can be of its Kubernetes.
        ToolError: programs are missing.
    """
    ground = grounded(asked.inventory)
    at_hand = AtHand.of(minor_of(ground.kubernetes))
    twin = Twin(folder, texts_of(asked), at_hand, charts, told, fast, at_hand.operators.get)
    twin.above = above(minor_of(ground.kubernetes))
    if head is not None:
        after = texts_of(head)
        twin.changes = (Change(HEAD, "the pull request is merged", lambda: after, twin.read, brings=True),)
    else:
        twin.changes = (*_tried(asked, twin.read), *mistakes(twin.texts, asked.inventory, twin.read))
    return twin


def above(minor: str) -> Newer | None:
    """The next minor of Kubernetes; None where its programs are not all there."""
    following = next_minor(minor)
    wanted = control_plane(following) if following else ()
    there = {each.name: path for each in wanted if (path := found(each))}
    return Newer(wanted[0].version, there.__getitem__) if wanted and len(there) == len(wanted) else None


def _tried(asked: Lab | Repository, read: Reads) -> Iterator[Change]:
    """Changes of a lab that a person may make one day; of a stranger's repository nobody knows which."""
    for each in tried(asked) if isinstance(asked, Lab) else ():
        yield Change(each.name, each.title, each.lab.tree.texts, read)
