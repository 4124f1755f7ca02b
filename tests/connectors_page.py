"""docs/connectors.md, made from what the connectors declare. Called by `snapshots`."""

from services.engagement.admin_connectors import COLUMNS, ConnectorRow, list_connectors

HEAD = """# Connectors

Made from the connectors' declarations by `make snapshots`; `rapport connectors list` prints the same. How accounts are connected is in
[connecting](connecting.md), how a connector is made in [adding a connector](adding-a-connector.md). Each platform's page says where its
credentials are found, what is not supported, and how its errors read.

*Tried live* says whether anybody has tried the connector against the platform itself, with a real account. Where it says no, it was built
from the platform's documentation and specifications, and from payloads that were published, and checked against them on the day given;
what a platform does otherwise than it says is then not known yet.
"""
WORDS = {
    "backfill": "back-fill",
    "lookup": "look-up",
    "windows": "reply window",
    "live": "tried live",
    "connecting": "connected by",
    "capabilities": "can also",
}


def page() -> str:
    """The page."""
    titles = [WORDS.get(name, name.replace("_", " ")) for name in COLUMNS]
    lines = [_line(titles), _line(["---"] * len(COLUMNS)), *(_line([_cell(row, name) for name in COLUMNS]) for row in list_connectors())]
    return f"{HEAD}\n" + "\n".join(lines) + "\n"


def _cell(row: ConnectorRow, name: str) -> str:
    value = getattr(row, name)
    if name == "platform":
        return f"[{row.title}](../services/engagement/connectors/{value}/README.md) `{value}`"
    if isinstance(value, bool):
        return "yes" if value else "not yet"
    return (", ".join(value) if isinstance(value, tuple) else str(value)).replace("|", "\\|") or "-"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
