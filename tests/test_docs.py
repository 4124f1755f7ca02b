"""What the pages for people say is there: tests, functions, files, links, make targets, commands and settings that they name.

Reads README, CONTRIBUTING, CHANGELOG, docs and the connectors' pages. Runs none of the commands.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.settings import GatewaySettings
from rapport.cli import app
from services.engagement.settings import EngagementSettings
from services.identity.settings import IdentitySettings
from services.kit.settings import ProcessSettings
from services.routing.settings import RoutingSettings

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/engagement/connectors/*/README.md")])
NAMED = re.compile(r"\b((?:tests|services|gateway|rapport|migrations|benchmarks)/[\w/]+\.(?:py|toml|json|yaml|graphql))(?:::([\w.]+))?")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"(?:^|[\s;&|])make ([a-z][\w-]*)")
COMMAND = re.compile(r"(?:^|[\s;&|(]|/bin/)rapport((?: +[a-z][a-z-]*)+|(?= --))([^\n|;&#]*)")
OPTION = re.compile(r"(?<!\S)(--[a-z][a-z-]*)")
ROW = re.compile(r"^\| `([A-Z][A-Z_]+)`", re.MULTILINE)
SETTINGS = (ProcessSettings, GatewaySettings, IdentitySettings, EngagementSettings, RoutingSettings)
PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@PAGE
def test_every_test_function_and_file_named_exists(page: Path) -> None:
    missing = [
        f"{file}::{name}" if name else file
        for file, name in NAMED.findall(page.read_text())
        if not (ROOT / file).exists() or (name and name not in names_in(ROOT / file))
    ]

    assert missing == []


@PAGE
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(without_code(page.read_text())):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if "://" not in link and (not target.exists() or (anchor and anchor not in anchors_of(target))):
            broken.append(link)

    assert broken == []


@PAGE
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {name for code in code_in(page) for name in TARGET.findall(code)} <= targets


@PAGE
def test_every_rapport_command_and_option_named_exists(page: Path) -> None:
    unknown = [
        f"rapport{words}{rest}".strip()
        for code in code_in(page)
        for words, rest in COMMAND.findall(code)
        if not is_known(words.split(), options=OPTION.findall(rest))
    ]

    assert unknown == []


def test_the_table_of_settings_names_them_all_and_no_other() -> None:
    described = set(ROW.findall((ROOT / "docs" / "operating.md").read_text()))
    read = {name for settings in SETTINGS for name in environment_names(settings)}

    assert described == read | set(re.findall(r"\[env var: (\w+)\]", help_of(("up",)) or ""))


def test_the_checks_above_see_what_is_wrong() -> None:
    assert names_in(Path(__file__)) >= {"test_the_checks_above_see_what_is_wrong", "is_known"}
    assert not is_known(["fly"], options=[])
    assert not is_known(["up"], options=["--to-the-moon"])
    assert not is_known(["journal", "burn"], options=[])
    assert is_known(["journal", "list"], options=["--data", "--help"])
    assert [words for words, _ in COMMAND.findall("$ rapport up --data x; .venv/bin/rapport migrate")] == [" up", " migrate"]
    assert TARGET.findall("make run # then make test") == ["run", "test"]


@cache
def names_in(file: Path) -> set[str]:
    """Functions and classes of a module; methods as Class.method."""
    found = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            found |= {
                f"{node.name}.{each.name}"
                for each in ast.iter_child_nodes(node)
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return found


def without_code(text: str) -> str:
    return CODE.sub("", text)


def code_in(page: Path) -> list[str]:
    """Blocks and spans of code; prose may use the words as it likes."""
    return [block or span for block, span in CODE.findall(page.read_text())]


def anchors_of(page: Path) -> set[str]:
    """The headings, as a reader's browser addresses them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@cache
def help_of(words: tuple[str, ...]) -> str | None:
    """What `--help` says behind these words, or None where there is no such command."""
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "250"})
    return result.stdout if result.exit_code == 0 else None


def is_known(words: list[str], *, options: list[str]) -> bool:
    """Whether there is such a command, with these options; words after the command are its arguments."""
    told = help_of(tuple(words))
    return told is not None and set(options) <= set(OPTION.findall(told))


def environment_names(settings: type[ProcessSettings]) -> set[str]:
    """The names under which a process reads its settings."""
    found = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        given = [str(choice) for choice in getattr(alias, "choices", ()) if str(choice).isupper()]
        found |= set(given or [name.upper()])
    return found
