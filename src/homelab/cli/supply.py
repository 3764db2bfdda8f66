"""Supplying secrets: values from a person, a file or a generator, the certificate, and the sealed file they end up in.

Values pass through here and nowhere else; no error, answer or log holds one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homelab.cli.console import Console
from homelab.cli.forms import FORMS
from homelab.documents.disk import bytes_of
from homelab.errors import Place, UnreadableDocument, UsageError, pasted

if TYPE_CHECKING:
    from homelab.lab.pipeline import Lab
    from homelab.sealing import Certificate, Key, Pending

CERTIFICATE = "sealing.pem"
Sealed = Sequence[dict[str, Any]]
"""Manifests of sealed secrets."""


def certificate(console: Console, root: Path, named: str | None) -> Certificate:
    """The controller's certificate, from the file named or the repository's own. Raises UsageError."""
    from homelab.sealing import read_certificate

    path = Path(named) if named else root / CERTIFICATE
    if not path.is_file():
        hint = (
            f"fetch it with `kubeseal --fetch-cert > {pasted(root / CERTIFICATE)}`; it is public and may be committed"
        )
        raise UsageError("there is no certificate to seal with", where=Place(str(path)), hint=hint)
    return read_certificate(bytes_of(path), now=console.now, file=str(path))


def given(values: str | None) -> dict[str, str]:
    """Values by key from a file or standard input; their text is in no error."""
    from homelab.documents.read import load

    if values is None:
        return {}
    name = "<stdin>" if values == "-" else values
    raw = sys.stdin.buffer.read() if values == "-" else bytes_of(values)
    try:
        documents = load(raw, name)
    except UnreadableDocument as error:
        raise UsageError("this is not YAML", where=error.where, hint="write `key: value`, one a line") from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise UsageError("expected one mapping of keys to values", where=Place(name), hint="write `key: value`")
    wrong = [str(key) for key, value in documents[0].items() if not isinstance(value, str)]
    if wrong:
        raise UsageError(f"the value of {wrong[0]} is not text", where=Place(name), hint="put it in quotes")
    return documents[0]


def items_for(console: Console, keys: list[Key], known_values: dict[str, str], pending: Pending) -> dict[str, bytes]:
    """A value for each key: given, generated, or asked for without echo."""
    from homelab.sealing import Origin

    known = {key.name for key in pending.keys}
    if unknown := [name for name in known_values if name not in known]:
        raise UsageError(f"{pending.secret.name} has no key {unknown[0]}", hint=f"its keys: {', '.join(sorted(known))}")
    items: dict[str, bytes] = {}
    for key in keys:
        if key.name in known_values:
            items[key.name] = known_values[key.name].encode()
        elif key.origin is Origin.ASK:
            items[key.name] = _asked(console, key).encode()
        else:
            items[key.name] = key.where.removeprefix("always ").encode() if key.where else key.generate()
        if key.origin is Origin.ASK:
            _look(key, items[key.name].decode())
    return items


def _asked(console: Console, key: Key) -> str:
    """What a person types: one line, the parts of which the value is made, or the path of the file that holds it."""
    form = FORMS[key.form]
    if form.compose is not None:
        console.note(f"{key.name}: {key.where}")
        return form.compose({part: console.ask(f"  {part}", hidden=True) for part in form.parts})
    if form.lines:
        named = console.ask(f"{key.name} ({key.where}): path of the file, or - to paste it up to Ctrl-D")
        return sys.stdin.buffer.read().decode() if named == "-" else _file(Path(named))
    return console.ask(f"{key.name} ({key.where})", hidden=True)


def _file(path: Path) -> str:
    try:
        return bytes_of(path.expanduser()).decode()
    except (OSError, UnicodeDecodeError):
        raise UsageError("there is no text file to read the value from", where=Place(str(path))) from None


def _look(key: Key, value: str) -> None:
    """Refuse a value that cannot be what is asked for, before it is sealed and nobody can look any more."""
    if wrong := FORMS[key.form].wrong(value):
        hint = f"wanted: {key.where}" + (
            "; give the file whole by --values, or its path" if FORMS[key.form].lines else ""
        )
        raise UsageError(f"the value of {key.name} is not what is asked for: {wrong}", hint=hint)


def measured(items: dict[str, bytes]) -> str:
    """The keys that were sealed with the size of their values: what one may say of them."""
    return ", ".join(f"{name} ({_size(value)})" for name, value in items.items())


def _size(value: bytes) -> str:
    lines = len(value.splitlines())
    return f"{len(value)} bytes" + (f", {lines} lines" if lines > 1 else "")


def write(root: Path, pending: Pending, items: dict[str, bytes], sealing: Certificate, sealed: Sealed) -> Path:
    """Write the SealedSecret; what was sealed before and is not given anew stays byte for byte. Gives its path."""
    from homelab.cli.fix import replace
    from homelab.documents.emit import emit_documents
    from homelab.render.layout import SECRETS
    from homelab.sealing import identity_of, sealed_secret

    secret = pending.secret
    same = [b for b in sealed if (i := identity_of(b)).name == secret.name and i.namespace == secret.namespace]
    manifest = sealed_secret(secret, items, sealing, existing=same[0] if same else None)
    path = root / SECRETS / f"{secret.namespace}-{secret.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, emit_documents((manifest,), header=f"{pending.purpose}; sealed by `{pending.command}`"))
    return path


def list_sealed(root: Path, found: Lab) -> Path:
    """Write the kustomization that lists the sealed secrets, as rendering would; gives its path."""
    from dataclasses import replace as with_

    from homelab.cli.fix import replace
    from homelab.render.layout import SECRETS

    path = f"{SECRETS}/kustomization.yaml"
    there = {f"{SECRETS}/{file.name}": "" for file in (root / SECRETS).glob("*.yaml")}
    replace(root / path, with_(found, existing=there).tree[path].text)
    return root / path
