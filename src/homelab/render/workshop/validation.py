"""The workflow that validates the repository: it is what homelab.yaml renders, and nothing grave is found in it.

For the forge that the address of the repository names; Forgejo reads what GitHub reads, from a folder of its own.
Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax,
https://docs.gitlab.com/ci/yaml/, https://forgejo.org/docs/latest/user/actions/reference/.
"""

from __future__ import annotations

from typing import Any

from homelab.catalog.plan import Plan
from homelab.documents.emit import emit
from homelab.render import layout
from homelab.report import number

PYTHON = "3.13"
FORGEJO = ("codeberg.org", "forgejo", "gitea")


STEPS = (
    ("What is applied is what homelab.yaml renders", "homelab diff --names --without-pages --offline"),
    ("Nothing grave is found in it", "homelab assess . --offline --fail-on critical"),
)
"""(what it proves, command): the same in CI and as `just validate`.

A pull request of Renovate moves a pin where it stands, which is an input of the next render and no difference; pages that name the
version follow with that render, and hold up nothing until then. One that moves a version in homelab.yaml itself is to be rendered.
"""


def workflow(plan: Plan) -> tuple[str, str]:
    """The path of the workflow and its text."""
    address = plan.homelab.git.repository or ""
    host = address.partition("://")[2] or address
    host = host.rpartition("@")[2].partition("/")[0].partition(":")[0]
    if "gitlab" in host:
        return layout.GITLAB, emit(_gitlab(plan))
    forgejo = any(word in host for word in FORGEJO)
    return layout.FORGEJO if forgejo else layout.GITHUB, emit(_actions(plan, "docker" if forgejo else "ubuntu-latest"))


def _install() -> str:
    return "pip install provenlab" + ("" if number().startswith("0+") else f"=={number()}")


def _actions(plan: Plan, machine: str) -> dict[str, Any]:
    revision = plan.homelab.git.revision
    proofs = [{"name": why, "run": command} for why, command in STEPS]
    said = 'homelab assess . --offline --fail-on never --format markdown >> "$GITHUB_STEP_SUMMARY"'
    return {
        "name": "validate",
        "on": {"pull_request": {}, "push": {"branches": [revision]}},
        "permissions": {"contents": "read"},
        "jobs": {
            "validate": {
                "runs-on": machine,
                "timeout-minutes": 20,
                "steps": [
                    {"uses": "actions/checkout@v5"},
                    {"uses": "actions/setup-python@v6", "with": {"python-version": PYTHON}},
                    {"run": _install()},
                    {"name": "What is found, on the page of this run", "run": said},
                    *proofs,
                ],
            }
        },
    }


def _gitlab(plan: Plan) -> dict[str, Any]:
    return {
        "validate": {
            "image": f"python:{PYTHON}-slim",
            "rules": [
                {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'},
                {"if": f'$CI_COMMIT_BRANCH == "{plan.homelab.git.revision}"'},
            ],
            "script": [_install(), *(command for _why, command in STEPS)],
        }
    }
