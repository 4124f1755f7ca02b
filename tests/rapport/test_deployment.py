"""Where a deployment keeps its sockets: privately, and by a path that the operating system takes, however long the folder's is."""

import stat
import tempfile
from pathlib import Path

import pytest

from rapport.deployment import SOCKET_FOLDER_LIMIT_BYTES, Deployment


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
