"""What makes the repository a place to work in: what Git leaves out, recipes, the versions of programs, and its own CI.

These files are offered, not imposed: where somebody else put a file of that name, it is theirs and ours is not rendered.
A LICENSE is not among them: who may copy a description of somebody's house is for its owner to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from homelab.catalog.plan import Plan
from homelab.kube.tree import File, TextFile
from homelab.render import layout, owned
from homelab.render.workshop.justfile import justfile
from homelab.render.workshop.programs import versions
from homelab.render.workshop.validation import workflow

MADE = "made by homelab from homelab.yaml; edit that, not this"
IGNORED = """\
# {made}
# what holds secrets, or is only of this computer
.terraform/
*.tfstate*
kubeconfig
talosconfig
sealing.key
*.iso
*.snapshot
.homelab/journal/
"""


def workshop_files(plan: Plan, made: Mapping[str, File], existing: Mapping[str, str]) -> dict[str, File]:
    """Path to file, but for those that somebody else put there; `made` are all other files, the guide among them."""
    guide = made[layout.BUILD].text
    ignored = IGNORED.format(made=MADE)
    way, validated = workflow(plan)
    texts = {
        layout.IGNORED: ignored,
        layout.JUSTFILE: justfile(guide, MADE),
        layout.PROGRAMS: versions(plan, made, MADE),
        way: f"# {MADE}\n{validated}",
    }
    ours = owned.parse(existing.get(layout.OWNED))
    offered = {path: TextFile(text) for path, text in texts.items() if path in ours or path not in existing}
    # secrets arise below tofu/, whoever wrote the file above
    return {**offered, layout.IGNORED_STATE: TextFile(ignored)}
