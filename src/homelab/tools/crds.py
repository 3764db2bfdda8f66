"""Custom resource definitions cut down to what anybody here asks them: group, kind, scope, versions.

Two thirds of the time that a chart takes from YAML to objects is spent on the schemas of its kinds, which nobody reads.
They are cut out of the text before it is parsed, and what the cut left is dropped from the object.
"""

from __future__ import annotations

import re
from typing import Any

KIND = re.compile(r"^kind:\s*[\"']?CustomResourceDefinition[\"']?\s*$", re.MULTILINE)
SCHEMA = re.compile(r"\n( ++(?:- )?)schema:[ \t]*(?=\n)")
KEPT = ("group", "names", "scope", "versions", "conversion")
VERSION = ("name", "served", "storage")


def cut(document: str) -> str:
    """The text of one document without the schemas of a CRD in block style; any other document as it is."""
    if not KIND.search(document):
        return document
    kept, at = list[str](), 0
    while found := SCHEMA.search(document, at):
        kept.append(document[at : found.end()])
        end = re.compile(rf"\n {{0,{len(found[1])}}}+[^ \n]").search(document, found.end())
        at = end.start() if end else len(document)
    return "".join((*kept, document[at:]))


def cut_all(text: str) -> str:
    """The text of several documents, each cut."""
    return "\n---\n".join(map(cut, text.split("\n---\n")))


def head(body: dict[str, Any]) -> dict[str, Any]:
    """The object without what nobody asks; what is no well-formed CRD stays as it is."""
    spec = body.get("spec")
    if body.get("kind") != "CustomResourceDefinition" or not isinstance(spec, dict):
        return body
    kept = {key: spec[key] for key in KEPT if key in spec}
    if isinstance(kept.get("versions"), list):
        kept["versions"] = [
            {key: version[key] for key in VERSION if key in version} if isinstance(version, dict) else version
            for version in kept["versions"]
        ]
    return {key: body[key] for key in ("apiVersion", "kind", "metadata") if key in body} | {"spec": kept}
