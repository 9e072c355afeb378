"""The small CRM's database: one SQLite connection, its users and their sessions.

Every transaction is committed with synchronous=FULL in WAL mode, so nothing that was answered is
lost by `kill -9`. One connection serves one thread at a time; the application gives it a thread of
its own, so that waiting for the disk does not hold up the event loop.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from .records import Rights, User, stamp
from .schema import SCHEMA

#: A session lives about a year.
_SESSION_LIFE = timedelta(days=365)
#: A demo's password: enough work to be honest.
_SCRYPT_COST = 2**12


class WrongCredentials(Exception):
    """Nobody has this login and password."""


class BadToken(Exception):
    """A token that opens nothing; the message is the API's."""


class Store:
    """The database of the small CRM. Use `Store.open`; give it back with `close`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a file (made if it is not there), or ":memory:".

        Raises:
            sqlite3.OperationalError: the file cannot be opened.
        """
        # check_same_thread: the lock in `transaction` keeps the threads apart.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        # SQLite's own lower() knows ASCII only; names here are Russian.
        connection.create_function("folded", 1, _folded, deterministic=True)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(SCHEMA)
        return cls(connection)

    def close(self) -> None:
        """Give the connection back; may be called twice."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; a transaction inside a transaction is a part of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # Users and their sessions

    def add_user(
        self,
        login: str,
        *,
        first_name: str,
        last_name: str = "",
        password: str | None = None,
        telegram: str = "",
        rights: Rights | None = None,
        is_work: bool = True,
    ) -> User:
        """Add a person, or an account of the API when a password is given.

        Raises:
            sqlite3.IntegrityError: the login is taken.
        """
        rights = rights or Rights()
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO users (login, password, first_name, last_name, telegram, is_work,"
                " rights) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    login,
                    None if password is None else _sealed(password),
                    first_name,
                    last_name,
                    telegram,
                    is_work,
                    json.dumps(rights.as_json()),
                ),
            )
            row = connection.execute(
                "SELECT * FROM users WHERE id = ?", (cursor.lastrowid,)
            ).fetchone()
        return _user(row)

    def users(self) -> list[User]:
        """Everybody, by id."""
        with self.transaction() as connection:
            return [_user(row) for row in connection.execute("SELECT * FROM users ORDER BY id")]

    def user(self, user_id: int) -> User | None:
        """The person with this id."""
        with self.transaction() as connection:
            row = connection.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
        return _user(row) if row else None

    def user_named(self, name: str) -> User | None:
        """The person with this «Фамилия Имя»; the elder one where there are two."""
        return next((user for user in self.users() if user.name == name), None)

    def log_in(self, login: str, password: str, now: datetime) -> str:
        """A new token; the account's older tokens open nothing any more.

        Raises:
            WrongCredentials: no such account, or another password.
        """
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT id, password FROM users WHERE login = ?", (login,)
            ).fetchone()
            if row is None or row["password"] is None or not _fits(password, row["password"]):
                raise WrongCredentials
            token = secrets.token_urlsafe(32)
            connection.execute("UPDATE sessions SET is_newest = 0 WHERE user_id = ?", (row["id"],))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, 1)", (_digest(token), row["id"], stamp(now))
            )
        return token

    def user_of(self, token: str, now: datetime) -> User:
        """Whose token this is.

        Raises:
            BadToken: it is unknown, too old, or a later login has replaced it.
        """
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT users.*, is_newest, created_at FROM sessions"
                " JOIN users ON users.id = user_id WHERE token = ?",
                (_digest(token),),
            ).fetchone()
        if row is None:
            raise BadToken("token is invalid")
        if not row["is_newest"]:
            raise BadToken("server have new token")
        if row["created_at"] < stamp(now - _SESSION_LIFE):
            raise BadToken("token has expired")
        return _user(row)


def _folded(text: object) -> str:
    return "" if text is None else str(text).casefold()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _sealed(password: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(16)
    sealed = hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT_COST, r=8, p=1)
    return f"{salt.hex()}:{sealed.hex()}"


def _fits(password: str, sealed: str) -> bool:
    salt, _, _ = sealed.partition(":")
    return hmac.compare_digest(_sealed(password, bytes.fromhex(salt)), sealed)


def _user(row: sqlite3.Row) -> User:
    return User(
        id=row["id"],
        login=row["login"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        telegram=row["telegram"],
        organization_id=row["organization_id"],
        is_work=bool(row["is_work"]),
        rights=Rights.from_json(json.loads(row["rights"])),
    )
