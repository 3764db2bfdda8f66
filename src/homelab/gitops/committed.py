"""Committed: the secrets that stand readable in the files of a repository, deployed or not.

What Git ignores and does not keep is no part of the repository: an own kubeconfig may lie there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from homelab.errors import Place
from homelab.findings import Subject
from homelab.gitops.ignored import FILE as IGNORE
from homelab.gitops.ignored import ignored, rules
from homelab.gitops.repository import YAML, Repository, told
from homelab.kube.leaks.files import Leak, Leaked, in_text, leaks
from homelab.kube.resource import dig

HCL = (".tf", ".tfvars")


def leaked(repository: Repository) -> Iterator[Leaked]:
    """The first secret of every document and every other text."""
    ignored = _ignoring(repository)
    for path in sorted({*repository.texts, *repository.others}):
        if ignored(path):
            continue
        if path.endswith(YAML):
            yield from _documents(repository, path)
        elif path.endswith(HCL) or told(path.rpartition("/")[2]):
            yield from _text(repository, path)


def _documents(repository: Repository, path: str) -> Iterator[Leaked]:
    bodies = repository.documents(path)
    if path in repository.skipped and path not in repository.raw:
        # a template, or encrypted: known forms only
        found = (leak for leak in in_text(repository.texts[path], quoted=True) if not leak.key)
        yield from (_of(repository, path, leak) for leak in _first(found))
        return
    for index, body in enumerate(bodies):
        for leak in _first(leaks(body)):
            yield Leaked(_subject(path, body), leak, path, index, repository.locate(path, index, leak.path))


def _text(repository: Repository, path: str) -> Iterator[Leaked]:
    text = _read(repository, path)
    document = None if path.endswith(HCL) else _loaded(text)
    found = leaks(document) if isinstance(document, Mapping) else in_text(text, quoted=path.endswith(HCL))
    yield from (_of(repository, path, leak) for leak in _first(found))


def _read(repository: Repository, path: str) -> str:
    return repository.others[path] if path in repository.others else repository.texts[path]


def _loaded(text: str) -> Any:
    """The document of a file whose name does not say that it is one, such as `kubeconfig`."""
    from homelab.documents.read import load
    from homelab.errors import UnreadableDocument

    if not any(sign in text for sign in ("apiVersion:", "machine:", "contexts:")) and not text.lstrip().startswith("{"):
        return None
    try:
        bodies = load(text, "")
    except UnreadableDocument:
        return None
    return bodies[0] if bodies else None


def _of(repository: Repository, path: str, leak: Leak) -> Leaked:
    return Leaked(Subject("File", path), leak, path, 0, Place(repository.shown(path), leak.line or 1))


def _first(found: Iterator[Leak]) -> Iterator[Leak]:
    leak = next(found, None)
    if leak is not None:
        yield leak


def _subject(path: str, body: Any) -> Subject:
    name, kind = dig(body, ["metadata", "name"]), body.get("kind") if isinstance(body, Mapping) else None
    if not isinstance(name, str) or not isinstance(kind, str):
        return Subject("File", path)
    return Subject(kind, name, str(dig(body, ["metadata", "namespace"], "")))


def _ignoring(repository: Repository) -> Callable[[str], bool]:
    """Whether Git ignores a path and does not keep it, by the `.gitignore` files of the repository and Git's own index."""
    lists = [path for path in {*repository.texts, *repository.others} if path.rpartition("/")[2] == IGNORE]
    lists.sort(key=lambda each: (each.count("/"), each))
    found = [rule for path in lists for rule in rules(path[: -len(IGNORE)], _read(repository, path))]
    return lambda path: path not in repository.tracked and ignored(found, path)
