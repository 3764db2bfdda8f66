"""`homelab secrets`: what must be supplied and what for; sealing it offline, with the controller's certificate only.

Values are asked for without echo, read from a file or standard input, or generated; they never stand in an argument,
an answer or an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import FILE, file_argument, json_option, lab
from homelab.errors import UsageError, pasted

if TYPE_CHECKING:
    from homelab.lab.pipeline import Lab
    from homelab.sealing import Key, Pending


@click.group()
def secrets() -> None:
    """What must be supplied before the lab runs, and sealing it."""


@secrets.command("list")
@file_argument
@click.option("--to", "folder", metavar="DIR", help="Folder of the repository; by default that of FILE.")
@click.option("--all", "everything", is_flag=True, help="Those that are sealed, too.")
@json_option
@click.pass_obj
def listed(console: Console, *, file: str, folder: str | None, everything: bool, as_json: bool) -> None:
    """Secrets that wait to be supplied: what for, which keys, and the command."""
    wanted, waiting, _ = _wanted(lab(file), _root(file, folder))
    left = {(p.secret.namespace, p.secret.name): p for p in waiting}
    shown = wanted if everything else waiting
    if as_json:
        rows = [_data(p, left.get((p.secret.namespace, p.secret.name))) for p in shown]
        console.json({"version": 1, "secrets": rows})
        return
    for pending in shown:
        open_keys = left.get((pending.secret.namespace, pending.secret.name))
        state = "" if open_keys else console.styled("  sealed", "good")
        console.say(f"{console.title(f'{pending.secret.namespace}/{pending.secret.name}')}  {pending.purpose}{state}")
        for key in (open_keys or pending).keys:
            console.say(f"  {key.name}: {key.where or 'generated'}")
        if open_keys:
            console.text(f"  {_command(pending, file)}")
    console.say(f"{counted(len(waiting), 'secret')} to supply, {len(wanted) - len(waiting)} sealed")


def _command(pending: Pending, file: str) -> str:
    return pending.command + ("" if file in {FILE, "-"} else " " + pasted("--file", file))


@secrets.command("seal")
@click.argument("name")
@click.option("--namespace", "-n", help="Where NAME is not written as namespace/name.")
@click.option("--file", default=FILE, help="The homelab.yaml; by default the one in this folder.")
@click.option("--to", "folder", metavar="DIR", help="Folder of the repository; by default that of FILE.")
@click.option("--certificate", metavar="PEM", help="The controller's certificate; by default sealing.pem there.")
@click.option(
    "--values", metavar="YAML", help="Values by key from a file, or `-` for standard input; asked for without."
)
@click.option("--renew", metavar="KEY", multiple=True, help="Seal this key anew although it is sealed already.")
@click.pass_obj
def seal(
    console: Console,
    *,
    name: str,
    namespace: str | None,
    file: str,
    folder: str | None,
    certificate: str | None,
    values: str | None,
    renew: tuple[str, ...],
) -> None:
    """Seal the Secret NAME: what a person knows is asked for, all else is generated, what is sealed stays."""
    from homelab.cli import supply

    if file == "-" and values == "-":
        raise UsageError("the lab and the values cannot both come from standard input")
    root, found = _root(file, folder), lab(file)
    wanted, waiting, sealed = _wanted(found, root)
    pending = _named(wanted, name, namespace)
    keys = _keys(pending, waiting, renew)
    if not keys:
        console.say(f"{pending.secret.namespace}/{pending.secret.name} is sealed already; --renew KEY seals a key anew")
        return
    sealing = supply.certificate(console, root, certificate)
    items = supply.items_for(console, keys, supply.given(values), pending)
    console.say(f"wrote {supply.write(root, pending, items, sealing, sealed)}: {supply.measured(items)}")
    console.say(f"wrote {supply.list_sealed(root, found)}")


def _root(file: str, folder: str | None) -> Path:
    return Path(folder) if folder is not None else Path() if file == "-" else Path(file).parent


def _wanted(found: Lab, root: Path) -> tuple[tuple[Pending, ...], tuple[Pending, ...], list[dict[str, Any]]]:
    """Every Secret that the lab asks for, those of which keys are missing, and the manifests that are there."""
    from homelab.catalog.plan import secrets as requests
    from homelab.sealing import pending

    wanted = tuple(_pending(choice.name, item) for choice, item in requests(found.plan))
    sealed = _sealed(root)
    return wanted, pending(wanted, sealed), sealed


def _sealed(root: Path) -> list[dict[str, Any]]:
    """The manifests of the repository's sealed secrets."""
    from homelab.documents.read import load
    from homelab.render.layout import SECRETS

    found = []
    for path in sorted((root / SECRETS).glob("*.yaml")):
        found += [body for body in load(path.read_bytes(), str(path)) if isinstance(body, dict)]
    return found


def _pending(component: str, request: Any) -> Pending:
    """What a component asks for, in the words of sealing. A `fixed:` value is public and generated as it stands."""
    from homelab.sealing import Key, Origin, Pending, Secret

    keys = []
    for name, source in request.keys.items():
        kind, _, rest = source.partition(":")
        if kind == "generate":
            keys.append(Key(name, Origin.RANDOM, "", int(rest or 32)))
        elif kind == "fixed":
            keys.append(Key(name, Origin.RANDOM, f"always {rest}"))
        else:
            keys.append(Key(name, Origin.ASK, rest, form=kind))
    secret = Secret(request.name, request.namespace, type=request.type, labels=request.labels)
    return Pending(secret, tuple(keys), request.purpose, component)


def _named(wanted: tuple[Pending, ...], name: str, namespace: str | None) -> Pending:
    """The Secret that is meant, by `namespace/name`, or by a name that only one has."""
    from difflib import get_close_matches

    space, _, short = name.rpartition("/")
    space = space or namespace or ""
    found = [p for p in wanted if p.secret.name == short and (not space or p.secret.namespace == space)]
    if len(found) == 1:
        return found[0]
    names = [f"{p.secret.namespace}/{p.secret.name}" for p in wanted]
    if found:
        places = ", ".join(p.secret.namespace for p in found)
        raise UsageError(f"{short} is asked for in several namespaces", hint=f"add --namespace: {places}")
    near = get_close_matches(f"{space}/{short}" if space else short, names, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"asked for: {', '.join(names) or 'none'}"
    raise UsageError(f"nothing in this lab asks for the secret {name}", hint=hint)


def _keys(pending: Pending, waiting: tuple[Pending, ...], renew: tuple[str, ...]) -> list[Key]:
    """The keys to seal now: those that are missing, and those to renew."""
    known = {key.name: key for key in pending.keys}
    if unknown := [name for name in renew if name not in known]:
        raise UsageError(f"{pending.secret.name} has no key {unknown[0]}", hint=f"its keys: {', '.join(known)}")
    missing = {k.name for p in waiting if p.secret == pending.secret for k in p.keys}
    return [key for key in pending.keys if key.name in missing or key.name in renew]


def _data(pending: Pending, left: Pending | None) -> dict[str, Any]:
    return {
        "name": pending.secret.name,
        "namespace": pending.secret.namespace,
        "component": pending.component,
        "purpose": pending.purpose,
        "keys": [
            {"name": k.name, "origin": k.origin.value, "where": k.where or None, "form": k.form} for k in pending.keys
        ],
        "missing": [k.name for k in left.keys] if left else [],
        "command": pending.command,
    }
