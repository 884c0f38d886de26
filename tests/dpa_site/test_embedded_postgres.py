import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from dpa_site.devtools import embedded_postgres


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose path is long and contains spaces and a quotation mark."""
    data = tmp_path / "a clone's long name " / ("x" * 90) / "var" / "postgres"
    yield data
    embedded_postgres.stop(data)


def connect(entry: dict[str, str]) -> psycopg.Connection:
    return psycopg.connect(
        host=entry["HOST"], user=entry["USER"], dbname=entry["NAME"], autocommit=True
    )


def postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().split()[0])


def test_server_starts_stops_and_keeps_data(folder: Path) -> None:
    with connect(embedded_postgres.ensure(folder)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('corazón 🌻')")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert embedded_postgres.stop(folder)
    assert not embedded_postgres.stop(folder)
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("corazón 🌻",)


def test_server_recovers_after_sigkill(folder: Path) -> None:
    with connect(embedded_postgres.ensure(folder)) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        pids = [row[0] for row in connection.execute("SELECT pid FROM pg_stat_activity")]
    for victim in [postmaster(folder), *pids]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


@pytest.mark.parametrize(
    "content",
    ["", "{}\n", f"{os.getpid()}\n/elsewhere\n1\n"],
    ids=["empty", "malformed", "another process"],
)
def test_server_starts_with_stale_pid_file(folder: Path, content: str) -> None:
    embedded_postgres.ensure(folder)
    embedded_postgres.stop(folder)
    (folder / "postmaster.pid").write_text(content)
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(folder / "postmaster.pid", owner.st_uid, owner.st_gid)
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_server_restarts_after_data_was_deleted(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    data = folder.resolve()
    for path in data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_interrupted_first_start_is_repeated(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    embedded_postgres.stop(folder)
    conf = folder / "postgresql.conf"
    conf.write_text(conf.read_text().split(embedded_postgres.COMPLETE)[0])
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_unrelated_process_with_old_pid_is_not_killed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Path(embedded_postgres.ensure(folder)["HOST"])
    lock = socket / ".s.PGSQL.5432.lock"
    lines = lock.read_text().splitlines()
    embedded_postgres.stop(folder)
    other = subprocess.Popen(["sleep", "60"])
    try:
        lock.write_text("\n".join([str(other.pid), *lines[1:]]))
        monkeypatch.setattr(embedded_postgres, "START_ATTEMPTS", 1)
        # If the process belongs to the same user, PostgreSQL takes it for another server and does
        # not start.
        with contextlib.suppress(SystemExit):
            embedded_postgres.ensure(folder)
        assert other.poll() is None, "An unrelated process was killed."
    finally:
        other.kill()
        other.wait()
        lock.unlink(missing_ok=True)


def test_concurrent_commands_share_one_server(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from dpa_site.devtools import embedded_postgres as e; "
        "print(e.ensure(Path(sys.argv[1]))['HOST'])"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, folder], cwd=settings.BASE_DIR, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(outputs) == 1


def test_clones_have_separate_servers(tmp_path: Path) -> None:
    entries = [embedded_postgres.ensure(tmp_path / name / "var/postgres") for name in "ab"]
    try:
        assert entries[0]["HOST"] != entries[1]["HOST"]
        for entry in entries:
            connect(entry).close()
    finally:
        for name in "ab":
            embedded_postgres.stop(tmp_path / name / "var/postgres")


def test_child_process_uses_same_server() -> None:
    """runserver's autoreloader starts a child that inherits the environment."""
    shown = "import dpa_site.settings.dev as dev; print(dev.DATABASES['default']['HOST'])"
    code = f"{shown}; import subprocess, sys; subprocess.run([sys.executable, '-c', {shown!r}])"
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SITE_URL"}}
    data = settings.BASE_DIR / "var/postgres"
    was_running = (data / "postmaster.pid").exists()
    try:
        run = subprocess.run(
            [sys.executable, "-uc", code],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        if not was_running:
            embedded_postgres.stop(data)
    parent, child = run.stdout.split()
    assert parent == child


def test_second_start_keeps_running_server(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    pid = postmaster(folder)
    embedded_postgres.ensure(folder)
    assert postmaster(folder) == pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_in_private_home_uses_symlinked_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    data = home / "clone/var/postgres"
    try:
        with connect(embedded_postgres.ensure(data)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert data.is_symlink()
        assert home.stat().st_mode & 0o777 == 0o700
        real = data.resolve()
        embedded_postgres.ensure(data)
        assert data.resolve() == real
    finally:
        embedded_postgres.stop(data)
        shutil.rmtree(data.resolve().parent)
