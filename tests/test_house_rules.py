"""The rules of the house that no linter knows, each failing with its cure. Reads tracked files only."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("rapport", "services", "gateway", "migrations", "benchmarks")
LONGEST_MODULE_LINES, LONGEST_TEST_MODULE_LINES, LONGEST_FUNCTION_LINES = 400, 600, 40
JUNK_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base", "core", "platform", "types"}
# Written apart, so that this file does not hold what it looks for.
FORBIDDEN_TEXTS = ("pypi" + ".org", "registry." + "npmjs", "pythonhosted" + ".org", "/work" + "/", "/root" + "/", "T" + "ODO", "FIX" + "ME")
MAY_READ_ENVIRONMENT = {"rapport"}
BUILT = {"E2", "E3", "E4", "E5", "E6", "E7", "E8", "E16", "E18", "E19", "E20", "E21"}


def tracked(suffix: str = "") -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, timeout=20)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and name.endswith(suffix) and (ROOT / name).exists()]


Modules = list[tuple[Path, ast.Module]]


@pytest.fixture(scope="module")
def modules() -> Modules:
    return [(path, ast.parse(path.read_text())) for path in tracked(".py")]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_module_says_what_lives_here(modules: Modules) -> None:
    silent = [named(path) for path, tree in modules if not ast.get_docstring(tree)]
    assert silent == [], "begin each with a docstring: what lives here, who calls it, what it never does"


def test_modules_and_functions_stay_readable(modules: Modules) -> None:
    found: list[str] = []
    for path, tree in modules:
        test = "tests" in path.relative_to(ROOT).parts
        lines = len(path.read_text().splitlines())
        if lines > (LONGEST_TEST_MODULE_LINES if test else LONGEST_MODULE_LINES):
            found.append(f"{named(path)} has {lines} lines")
        if not test and "versions" not in path.parts:
            found += [f"{named(path)}:{name} has {length} lines" for name, length in _functions(tree) if length > LONGEST_FUNCTION_LINES]
    assert found == [], "split by meaning"


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.name, node.end_lineno - node.lineno + 1


def test_locks_of_npm_have_checksums_and_no_addresses_of_packages() -> None:
    locks = tracked("package-lock.json")
    assert len(locks) == 2, "the explorer's and Prism's"
    for lock in locks:
        locked = {name: package for name, package in json.loads(lock.read_text())["packages"].items() if name}
        assert len(locked) > 50
        assert [name for name, package in locked.items() if not package.get("integrity", "").startswith("sha512-")] == []
        assert [name for name, package in locked.items() if "resolved" in package] == []
        rest = [{key: value for key, value in package.items() if key != "funding"} for package in locked.values()]
        assert "://" not in json.dumps(rest), "but for the packages' own funding notes"


def test_no_file_is_a_junk_drawer() -> None:
    found = [named(path) for path in tracked(".py") if path.stem in JUNK_NAMES and path.relative_to(ROOT).parts[0] in PRODUCT]
    # A GraphQL topic's types are called types, as Strawberry's users expect; they are not at the top level.
    found = [name for name in found if not (name.startswith("gateway/") and name.endswith("/types.py") and name.count("/") == 2)]
    assert found == [], "name files by what they are about"


def test_nobody_reads_the_environment_but_settings_and_the_command_line(modules: Modules) -> None:
    found = [
        named(path)
        for path, tree in modules
        if path.relative_to(ROOT).parts[0] in PRODUCT
        and path.relative_to(ROOT).parts[0] not in MAY_READ_ENVIRONMENT | {"benchmarks"}
        and any(isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} for node in ast.walk(tree))
    ]
    assert found == [], "add a field to the service's settings"


def test_no_address_of_a_registry_no_path_of_a_machine_no_reminder() -> None:
    found: list[str] = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{named(path)}: {each}" for each in FORBIDDEN_TEXTS if re.search(rf"(?<!\w){re.escape(each)}", text)]
    assert found == [], "remove it"


def test_every_post_of_rest_answers_a_repetition_as_the_first_time(modules: Modules) -> None:
    """The doors to sign in are left out: their answers are secrets, which are never kept."""
    found: list[str] = []
    for path, tree in modules:
        if path.parent.name == "api" and path.name != "entrance.py":
            found += [f"{named(path)}:{name}" for name in _posts(tree) if not _calls(tree, name) & {"once", "once_detached"}]
    assert found == [], "run its effect through kit.idempotency.once, or once_detached where it holds no transaction"


def test_what_a_service_hears_is_one_list_for_running_and_redriving(modules: Modules) -> None:
    """A consumer that a service runs, and its command line does not know, leaves letters that nobody can redrive."""
    calls: dict[str, list[str]] = {"engagement": [], "identity": [], "routing": []}
    for path, tree in modules:
        top, service, *_ = *path.relative_to(ROOT).parts, ""
        if top == "services" and service in calls:
            calls[service] += [ast.unparse(each.func) for each in ast.walk(tree) if isinstance(each, ast.Call)]
    for service, called in calls.items():
        assert called.count("foundation.subscribe") == 1, f"{service}: run all in one place, from the one list"
        lists = called.count("subscriptions") + called.count("subscribers.subscriptions")
        assert lists == 2, f"{service}: `subscriptions` of `subscribers` is the list that main (or workers) and admin take"


def test_every_capability_that_is_built_is_shown_by_a_test_of_its_name(modules: Modules) -> None:
    """What the product can do has an id, such as E5; a test that shows it begins with `test_e5_`."""
    functions = [name for path, tree in modules if "tests" in path.relative_to(ROOT).parts for name, _ in _functions(tree)]
    shown = {found[1].upper() for name in functions if (found := re.match(r"test_([a-z]\d+)_", name))}
    assert BUILT - shown == set(), "name the test that shows it after it"


def _posts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "router.post":
                    yield node.name


def _calls(tree: ast.Module, function: str) -> set[str]:
    (node,) = (each for each in ast.walk(tree) if isinstance(each, ast.AsyncFunctionDef) and each.name == function)
    return {ast.unparse(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
