"""docs/secrets.md: every Secret that the lab asks for, where its values come from, and how it gets into Git."""

from __future__ import annotations

from homelab.capabilities import Capability
from homelab.catalog.plan import Choice, Plan, generated, secrets
from homelab.catalog.upkeep import SecretRequest
from homelab.render import layout
from homelab.render.guide import markdown as md


def secrets_page(plan: Plan) -> str:
    """The page."""
    found = secrets(plan)
    rows = [
        (f"[{item.namespace}/{item.name}](#{_anchor(item)})", choice.name, _origins(item), item.purpose)
        for choice, item in found
    ]
    overview = md.table(("Secret", "Asked for by", "Comes from", "Purpose"), rows)
    return md.page(
        "Secrets",
        _how(plan),
        overview or "Nothing in this lab asks for a secret.",
        *(_request(choice, item) for choice, item in found),
        _generated(plan),
    )


def _generated(plan: Plan) -> str:
    """What nobody supplies: programs make it, and a cluster that is built anew has another."""
    rows = [(f"`{item.namespace}/{item.name}`", choice.name, item.what) for choice, item in generated(plan)]
    intro = "These are in no repository: a program makes each at random where it is missing, and a lab that is built anew has others."
    return md.section("Made in the cluster", intro, md.table(("Secret", "Made by", "What it is"), rows)) if rows else ""


def _how(plan: Plan) -> str:
    if not plan.has(Capability.SECRETS_GIT):
        return "Nothing in this lab opens sealed secrets: each Secret below is made in the cluster by hand."
    return "\n\n".join(
        (
            (
                "No value of a secret is in this repository. `homelab secrets seal` asks for what a person knows, makes up "
                f"the rest, encrypts both with the public `sealing.pem` and writes a whole SealedSecret into "
                f"`{layout.SECRETS}`; only the controller in the cluster opens it. It is bound to its name and namespace: "
                "under another name it stays shut. `kubeseal --raw > file.yaml`, which guides like to show, writes a "
                "bare string that nothing can apply."
            ),
            md.code("homelab secrets list         # what is still missing"),
            f"Then `homelab render`, which lists the new files in `{layout.SECRETS}/kustomization.yaml`, commit and push.",
        )
    )


def _anchor(item: SecretRequest) -> str:
    return f"{item.namespace}{item.name}".lower()


def _origins(item: SecretRequest) -> str:
    words = {"generate": "generated", "fixed": "fixed", "ask": "you"}
    return ", ".join(dict.fromkeys(words[source.partition(":")[0].partition("-")[0]] for source in item.keys.values()))


def _request(choice: Choice, item: SecretRequest) -> str:
    rows = [(f"`{key}`", _source(source)) for key, source in item.keys.items()]
    return md.section(
        f"{item.namespace}/{item.name}",
        f"{item.purpose.rstrip('.')}. Asked for by {choice.name}; type `{item.type}`.",
        md.table(("Key", "Value"), rows),
        md.code(f"homelab secrets seal {item.name} --namespace {item.namespace}"),
    )


def _source(source: str) -> str:
    kind, _, rest = source.partition(":")
    if kind == "generate":
        return f"generated, {rest or 32} characters"
    return f"always `{rest}`" if kind == "fixed" else rest
