"""A backup of a running deployment becomes a new deployment with the same rows; whatever would lose something is refused."""

import asyncio
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from rapport.commands.archive import ArchiveError
from rapport.commands.backing_up import count_rows
from rapport.commands.restoring import restore
from rapport.errors import FolderInUseError
from rapport.postgres import EmbeddedPostgres
from tests.conftest import SECRET_KEY
from tests.rapport.commands.conftest import ADMIN, SLUG, Operator


@pytest.fixture(scope="module")
def backup(operator: Operator) -> Path:
    assert operator.run("channels", "connect", "inlet", "Shop").code == 0
    file = operator.folder / "all.backup"
    made = operator.run("backup", str(file))
    assert made.code == 0, made.err
    assert "1 workspace, 1 member" in made.out
    return file


def test_the_file_is_private_and_holds_no_key(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert SECRET_KEY.encode() not in backup.read_bytes()
    with tarfile.open(backup) as tar:
        assert tar.getnames() == ["manifest.json", "0.dump"]
    assert sorted(each.name for each in backup.parent.glob(".rapport-backup-*")) == []


def test_a_file_named_without_its_folder_is_written_where_one_stands(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    made = operator.run("backup", "here.backup")

    assert made.code == 0, made.err
    assert [each.name for each in tmp_path.iterdir()] == ["here.backup"]


def test_a_restored_deployment_has_the_same_rows_and_opens_its_secrets(operator: Operator, backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"

    ran = operator.run("restore", str(backup), "--data", str(folder), data=False, RAPPORT_SECRET_KEY=SECRET_KEY)

    assert ran.code == 0, ran.err
    assert f"rapport up --data {folder}" in ran.out
    server = EmbeddedPostgres(folder / "postgres")
    asyncio.run(server.start())
    try:
        again = Operator(folder, server)
        assert [row["email"] for row in again.rows("members", "list")] == [ADMIN]
        before, after = operator.rows("channels", "list"), again.rows("channels", "list")
        assert [row["id"] for row in before] == [row["id"] for row in after]
        assert again.run("channels", "pause", after[0]["id"]).code == 0
        forced = "SELECT count(*) AS n FROM pg_class WHERE relforcerowsecurity"
        assert again.sql(forced) == operator.sql(forced)
        told = "SELECT count(*) AS n FROM pg_stats WHERE attname = 'workspace_id' AND n_distinct = 10"
        assert again.sql(told) == operator.sql(told) != [{"n": 0}]
        assert again.run("members", "add", "tom@acme.example", "Tom").code == 0
    finally:
        asyncio.run(server.stop())
    refused = operator.run("restore", str(backup), "--data", str(folder), data=False)
    assert refused.code == 1
    assert "not empty (identity.workspace" in refused.err


def test_an_empty_database_of_others_is_filled(operator: Operator, backup: Path) -> None:
    operator.sql("CREATE DATABASE elsewhere")
    url = operator.server.url(database="elsewhere")

    ran = operator.run("restore", str(backup), data=False, DATABASE_URL=url, RAPPORT_SECRET_KEY=SECRET_KEY)

    assert ran.code == 0, ran.err
    members = operator.run("members", "list", "--json", data=False, DATABASE_URL=url, RAPPORT_SECRET_KEY=SECRET_KEY)
    assert [row["email"] for row in members.rows] == [ADMIN]


def test_a_wrong_or_missing_key_is_refused_before_anything_is_made(operator: Operator, backup: Path, tmp_path: Path) -> None:
    missing = operator.run("restore", str(backup), "--data", str(tmp_path / "a"), data=False)
    wrong = operator.run("restore", str(backup), "--data", str(tmp_path / "b"), data=False, RAPPORT_SECRET_KEY="A" * 44)

    assert (missing.code, wrong.code) == (1, 1)
    assert "RAPPORT_SECRET_KEY" in missing.err
    assert "not the one" in wrong.err
    assert list(tmp_path.iterdir()) == []


def test_a_running_deployment_is_refused(operator: Operator, backup: Path) -> None:
    async def attempt() -> None:
        await restore(backup, data=operator.folder, database_urls={}, secret_key=SECRET_KEY)

    with pytest.raises(FolderInUseError):
        asyncio.run(attempt())
    assert [row["slug"] for row in operator.rows("workspaces", "list")] == [SLUG]


def test_a_file_that_is_no_backup_is_refused(operator: Operator, backup: Path, tmp_path: Path) -> None:
    junk, cut = tmp_path / "junk", tmp_path / "cut"
    junk.write_bytes(b"junk" * 1000)
    shutil.copy(backup, cut)
    with cut.open("r+b") as opened:
        opened.truncate(1024)

    for file in (junk, cut):
        ran = operator.run("restore", str(file), "--data", str(tmp_path / "new"), data=False, RAPPORT_SECRET_KEY=SECRET_KEY)
        assert ran.code == 1
        assert ran.err.startswith("Nothing was restored.")


def test_a_broken_dump_leaves_the_deployment_empty(operator: Operator, backup: Path, tmp_path: Path) -> None:
    with tarfile.open(backup) as tar:
        tar.extractall(tmp_path / "parts", filter="data")
    dump = tmp_path / "parts" / "0.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    broken = tmp_path / "broken.backup"
    with tarfile.open(broken, "w") as tar:
        for name in ("manifest.json", "0.dump"):
            tar.add(tmp_path / "parts" / name, arcname=name)
    operator.sql("CREATE DATABASE half")
    urls = dict.fromkeys(("identity", "engagement", "routing"), operator.server.url(database="half"))

    async def attempt() -> None:
        await restore(broken, data=tmp_path, database_urls=urls, secret_key=SECRET_KEY)

    with pytest.raises(ArchiveError, match="pg_restore ended"):
        asyncio.run(attempt())
    assert asyncio.run(count_rows(urls)) == {}
