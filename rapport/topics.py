"""The command line's topics, each a module of its own that is imported only when one of its commands is called. Used by cli."""

import importlib
from collections.abc import Mapping

import typer
from typer.core import TyperGroup
from typer.main import get_group

TOPICS: Mapping[str, str] = {
    "workspaces": "Companies that use this deployment: list, create.",
    "members": "People of a company: list, add, reset-password, deactivate, activate.",
    "people": "Single people, and how they are matched: export, erase, hold, release, reindex.",
    "retention": "How long things are kept: list, set, preview, runs.",
    "keys": "API keys: list, create, revoke.",
    "channels": "Connected accounts: list, health, connect, authorize, pause, resume, backfill.",
    "connectors": "Platforms that can be connected: list; parse payload files.",
    "registrations": "A company's own registrations at platforms, for signing in: list, set, forget.",
    "journal": "What platforms delivered: list, replay.",
    "dead-letters": "Events between services that failed to the end: list, redrive.",
    "outbox": "Published events: replay.",
}


class LazyTopics(TyperGroup):
    """Knows the topics' names and words; `--help` of the whole loads none of them."""

    def resolve_command(self, ctx, args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - the types of typer's own copy of click
        """Put the real topic in the place of its name before it is called."""
        topic = args[0] if args else ""
        if topic in TOPICS:
            module = importlib.import_module(f"rapport.commands.{topic.replace('-', '_')}")
            group = get_group(module.app)
            group.name, group.help = topic, TOPICS[topic]
            self.commands[topic] = group
        return super().resolve_command(ctx, args)


def announce(app: typer.Typer) -> None:
    """Add the topics' names and words to a command line of this class."""
    for name, words in TOPICS.items():
        app.add_typer(typer.Typer(help=words), name=name)
