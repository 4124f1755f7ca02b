"""Where a deployment is reached, and where it keeps its sockets: privately, by a path that the operating system takes."""

import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from migrations import SERVICES
from rapport.deployment import PASSED_ON, SOCKET_FOLDER_LIMIT_BYTES, Deployment, running
from rapport.errors import NotStartedError
from rapport.folders import remembered_port

OPERATING = Path(__file__).parent.parent.parent / "docs" / "operating.md"
# What `rapport up` reads itself, and hands on in a form of its own.
READ_BY_UP = re.compile(r"RAPPORT_\w+|DATABASE_URL\w*|NATS_URL|PUBLIC_URL|ALLOW_PRIVATE_ADDRESSES")


def test_every_setting_that_is_documented_reaches_the_processes() -> None:
    settings = re.findall(r"^\| `([A-Z_]+)`( \*)? \|", OPERATING.read_text(), re.MULTILINE)

    assert len(settings) > 30
    assert [name for name, made_here in settings if not made_here and not READ_BY_UP.fullmatch(name) and name not in PASSED_ON] == []


def test_a_short_folder_holds_the_sockets_itself() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        sockets = Deployment(folder=Path(folder)).sockets()

        assert sockets == Path(folder) / "run"
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_a_long_folder_gets_a_short_private_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("a" * 80)
    monkeypatch.setattr("tempfile.tempdir", str(long))

    sockets, others = Deployment(folder=long / "one").sockets(), Deployment(folder=long / "two").sockets()

    assert sockets != others
    for folder in (sockets, others):
        assert len(str(folder)) <= SOCKET_FOLDER_LIMIT_BYTES
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.rmdir()


@pytest.mark.parametrize(("host", "here"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")])
def test_a_public_address_does_not_change_where_this_machine_reaches_it(tmp_path: Path, host: str, here: str) -> None:
    deployment = Deployment(folder=tmp_path, host=host, port=8080, public_url="https://talk.example.com")

    assert deployment.url == "https://talk.example.com"
    assert deployment.local_url == f"http://{here}:8080"


async def test_a_database_that_cannot_be_migrated_says_why_and_nothing_is_started(tmp_path: Path) -> None:
    port = remembered_port(tmp_path / "port")
    urls = dict.fromkeys(SERVICES, "postgresql://nobody:secret-word@127.0.0.1:1/rapport")
    deployment = Deployment(folder=tmp_path / "data", port=port, database_urls=urls, nats_url="nats://127.0.0.1:1")

    with pytest.raises(NotStartedError, match=r"(?s)migrate did not start.*(refused|Connect call failed)") as raised:
        async with running(deployment):
            pass

    assert "secret-word" not in str(raised.value)


def test_what_keeps_everything_running_does_not_load_what_it_only_starts() -> None:
    loaded = "import sys, rapport.upping; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", loaded], cwd=OPERATING.parents[1], capture_output=True, check=True, text=True, timeout=60)

    assert {"alembic", "sqlalchemy", "fastapi", "strawberry", "uvicorn"}.isdisjoint(told.stdout.split())
