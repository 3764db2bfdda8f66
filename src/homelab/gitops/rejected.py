"""What Argo CD refuses of a plain folder: files that look like manifests and cannot be read as such.

Source: getObjsFromYAMLOrJSON of reposerver/repository in Argo CD 3.2. A file of YAML that is not all objects fails the whole
Application if an object stands before the first that is none, or if three words of a manifest occur anywhere in it, comments
included; any other file is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping

from homelab.documents.read import load
from homelab.errors import Place, UnreadableDocument
from homelab.gitops.repository import Repository

WORDS = ("apiVersion:", "kind:", "metadata:")
SKIPPED = "+argocd:skip-file-rendering"
"""What Argo CD looks for in a file of a plain folder, to leave it out."""


def why(repository: Repository, path: str) -> tuple[str, Place | None] | None:
    """Why a file of a plain folder ends its Application, and where; None where it does not."""
    if path not in repository.texts or SKIPPED in repository.texts[path]:
        return None
    text, documents = repository.texts[path], repository.documents(path)
    name = path.rpartition("/")[2]
    if path in repository.skipped:
        said, place = repository.skipped[path]
        meant = path.endswith(".json") or _looks(text) or _begins(text)
        return (f"Failed to unmarshal {name!r}: {said}", place) if meant and not repository.foreign(path) else None
    for number, body in enumerate(documents if not path.endswith(".json") else ()):
        # what Kubernetes could not decode is None here, and an object all the same
        if body is not None and not (isinstance(body, Mapping) and isinstance(body.get("kind"), str)):
            meant = _looks(text) or number > 0
            place = repository.locate(path, number, ())
            return (f"Failed to unmarshal {name!r}: Object 'Kind' is missing", place) if meant else None
    return None


def _looks(text: str) -> bool:
    return all(word in text for word in WORDS)


def _begins(text: str) -> bool:
    """Whether an object stands in front of what cannot be read."""
    head, _, rest = text.removeprefix("---\n").partition("\n---")
    try:
        found = load(head, "") if rest else []
    except UnreadableDocument:
        return False
    return any(isinstance(body, Mapping) and body.get("kind") for body in found)
