"""docs/reference/commands.md: every command with its help, from the commands themselves.

python scripts/commands.py --write    write it
python scripts/commands.py --check    exit 1 where it is stale
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "commands.md"
sys.path.insert(0, str(ROOT / "src"))

HEAD = """\
# Commands

Generated from the commands by `scripts/commands.py`.
Exit codes are 0 (holds), 1 (findings at or above `--fail-on`, differences, or only guards were written), 2 (could not judge or go on).
"""


def page() -> str:
    """The whole page."""
    from homelab.cli.main import cli

    context = click.Context(cli, info_name="homelab", max_content_width=100, terminal_width=100, **cli.context_settings)
    return "\n".join([HEAD, *_helps(cli, context)])


def _helps(command: click.Command, context: click.Context) -> Iterator[str]:
    """The help of a command and of those below it."""
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _helps(below, click.Context(below, info_name=name, parent=context))


def main(arguments: list[str]) -> int:
    """Write or compare the page."""
    text = page()
    stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text
    if arguments == ["--write"]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        return 0
    print(f"{'stale' if stale else 'fresh'}: docs/reference/commands.md")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
