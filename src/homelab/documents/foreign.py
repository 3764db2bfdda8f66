"""Files that end in .yaml and are not YAML, or not yet: templates and encrypted files, so that a reader can say what it skips."""

from __future__ import annotations

import re
from enum import StrEnum

from homelab.documents.build import build
from homelab.documents.compose import decoded, nodes
from homelab.errors import UnreadableDocument

_JINJA_LINE = re.compile(r"^[ \t]*(?:#%[-+ ]|\{%[-+ ])", re.MULTILINE)
_JINJA_COMMENT = re.compile(r"^[ \t]*(?:#\||\{#)", re.MULTILINE)
_GO_WORDS = re.compile(
    r"\{\{-?\s*(?:if|range|with|define|include|template|end|else|block|\.Values|\.Release|\$)\b|\{\{-|-\}\}"
)
_SOPS = re.compile(r"^sops:\s*$", re.MULTILINE)


class Foreign(StrEnum):
    """What such a file is; the value is how a sentence names it."""

    GO_TEMPLATE = "a Go template"
    JINJA_TEMPLATE = "a Jinja template"
    TEMPLATE = "a template"
    SOPS = "encrypted by SOPS"
    GIT_CRYPT = "encrypted by git-crypt"
    AGE = "encrypted by age"
    VAULT = "encrypted by Ansible Vault"


_HEADS = (
    (b"\0GITCRYPT\0", Foreign.GIT_CRYPT),
    (b"age-encryption.org/v1", Foreign.AGE),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", Foreign.AGE),
    (b"$ANSIBLE_VAULT;", Foreign.VAULT),
)


def foreign(text: bytes | str) -> Foreign | None:
    """What the file is if it is a template or encrypted, else None.

    A SOPS file is YAML whose values are encrypted: it can be read, and its keys are true. Braces inside strings
    (alert texts, ApplicationSets) do not make a template: only a file that cannot be read as YAML is taken for one.
    """
    data = text.encode(errors="replace") if isinstance(text, str) else text
    for head, kind in _HEADS:
        if data.startswith(head):
            return kind
    words = data.decode(errors="replace")
    if "ENC[AES256_GCM," in words and _SOPS.search(words):
        return Foreign.SOPS
    if _JINJA_LINE.search(words) and not _readable(words.replace("#%", "%")):
        return Foreign.JINJA_TEMPLATE
    if "{{" not in words or _readable(words):
        return None
    if _GO_WORDS.search(words):
        return Foreign.GO_TEMPLATE
    return Foreign.JINJA_TEMPLATE if _JINJA_COMMENT.search(words) else Foreign.TEMPLATE


def _readable(text: str) -> bool:
    try:
        for node in nodes(decoded(text, ""), ""):
            build(node, "")
    except UnreadableDocument:
        return False
    return True
