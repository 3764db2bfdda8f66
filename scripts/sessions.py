"""What the docs show of commands, pasted from real output, and the picture of the README.

    python scripts/sessions.py --write    run each command that a page names and paste what it says
    python scripts/sessions.py --check    say which pages are stale, and exit 1

A block is marked by a comment above it: `<!-- $ homelab uptime --rates -->`. Seconds differ from run to run and are not compared.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

from picture import STYLE, svg

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/start.md",
    "docs/own-app.md",
    "docs/availability.md",
    "docs/limits.md",
    "docs/architecture.md",
)
PICTURE = "docs/demo.svg"
BLOCK = re.compile(
    r"(<!-- \$ (?P<command>homelab [^\n]*?)(?P<cut> \| head -(?P<lines>\d+))? -->\n\n?```text\n).*?(```)", re.DOTALL
)
SECONDS = re.compile(r" +\d+\.\d s$", re.MULTILINE)


@cache
def run(command: str) -> str:
    """What a command prints in colour, on a page 120 columns wide; each command is run once."""
    words = shlex.split(command)[1:]
    argv = [sys.executable, "-c", "from homelab.cli.main import main; main()", "--color", "always", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120"}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode == 2:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


def page(text: str) -> str:
    """A page with every block as its command answers now."""

    def answered(found: re.Match[str]) -> str:
        said = STYLE.sub("", run(found["command"])).rstrip("\n").splitlines()
        if found["lines"] and len(said) > int(found["lines"]):
            said = [*said[: int(found["lines"])], "…"]
        shown = f"$ {found['command']}\n" + "\n".join(said)
        return f"{found[1]}{shown}\n{found[5]}"

    return BLOCK.sub(answered, text)


def picture() -> str:
    """The demo as a terminal shows it."""
    return svg("$ make demo\n" + run("homelab demo"))


def main(arguments: list[str]) -> int:
    """Write or compare every page and the picture."""
    stale = []
    made = {name: page((ROOT / name).read_text(encoding="utf-8")) for name in PAGES} | {PICTURE: picture()}
    for name, text in made.items():
        file = ROOT / name
        there = file.read_text(encoding="utf-8") if file.is_file() else ""
        if SECONDS.sub("", there) != SECONDS.sub("", text):
            stale.append(name)
            if arguments == ["--write"]:
                file.write_text(text, encoding="utf-8")
    print("\n".join(f"{'written' if arguments == ['--write'] else 'stale'}: {name}" for name in stale) or "all fresh")
    return int(bool(stale) and arguments != ["--write"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
