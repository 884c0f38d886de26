"""The server that a newcomer never has to think about."""

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
    """A data folder with a long path that holds spaces and a quotation mark."""
    place = tmp_path / "a clone's long name " / ("x" * 90) / "var" / "postgres"
    yield place
    embedded_postgres.stop(place)


def connect(entry: dict[str, str]) -> psycopg.Connection:
    return psycopg.connect(
        host=entry["HOST"], user=entry["USER"], dbname=entry["NAME"], autocommit=True
    )


def postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().split()[0])


def test_starts_stops_and_keeps_what_was_written(folder: Path) -> None:
    with connect(embedded_postgres.ensure(folder)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('corazón 🌻')")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert embedded_postgres.stop(folder)
    assert not embedded_postgres.stop(folder)
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("corazón 🌻",)


def test_killing_everything_loses_nothing(folder: Path) -> None:
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
    "content", ["", "{}\n", f"{os.getpid()}\n/elsewhere\n1\n"], ids=["cut", "odd", "of another"]
)
def test_a_stale_pid_file_does_not_stop_it(folder: Path, content: str) -> None:
    embedded_postgres.ensure(folder)
    embedded_postgres.stop(folder)
    (folder / "postmaster.pid").write_text(content)
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(folder / "postmaster.pid", owner.st_uid, owner.st_gid)
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_after_its_data_was_deleted_below_it_a_new_one_starts(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    data = folder.resolve()
    for path in data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_first_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    embedded_postgres.stop(folder)
    conf = folder / "postgresql.conf"
    conf.write_text(conf.read_text().split(embedded_postgres.COMPLETE)[0])
    with connect(embedded_postgres.ensure(folder)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_process_that_has_an_old_servers_number_is_left_alone(
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
        # Where this process is a user's own, PostgreSQL takes it for a server and does not start.
        with contextlib.suppress(SystemExit):
            embedded_postgres.ensure(folder)
        assert other.poll() is None, "A process that is no server of ours was ended."
    finally:
        other.kill()
        other.wait()
        lock.unlink(missing_ok=True)


def test_many_commands_may_start_it_at_once(folder: Path) -> None:
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
    answers = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(answers) == 1


def test_two_clones_have_two_servers(tmp_path: Path) -> None:
    entries = [embedded_postgres.ensure(tmp_path / name / "var/postgres") for name in "ab"]
    try:
        assert entries[0]["HOST"] != entries[1]["HOST"]
        for entry in entries:
            connect(entry).close()
    finally:
        for name in "ab":
            embedded_postgres.stop(tmp_path / name / "var/postgres")


def test_a_process_started_by_a_command_uses_the_same_server() -> None:
    """As runserver's autoreloader does: the child inherits the environment."""
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


def test_a_second_start_costs_almost_nothing(folder: Path) -> None:
    embedded_postgres.ensure(folder)
    pid = postmaster(folder)
    embedded_postgres.ensure(folder)
    assert postmaster(folder) == pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_in_a_home_that_nobody_may_enter(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    place = home / "clone/var/postgres"
    try:
        with connect(embedded_postgres.ensure(place)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert place.is_symlink()
        assert home.stat().st_mode & 0o777 == 0o700
        real = place.resolve()
        embedded_postgres.ensure(place)
        assert place.resolve() == real
    finally:
        embedded_postgres.stop(place)
        shutil.rmtree(place.resolve().parent)
