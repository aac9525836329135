"""A person who is signed in: the session, where it is kept, and for whom calls are then made."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import httpx
from pydantic import BaseModel, ValidationError

from bangfu.sdk.problems import SignInFailed
from bangfu.sdk.sign_in import Issuer, Tokens, claims_of
from bangfu.sdk.titles import Answer

_RENEW_BEFORE_S = 30.0
_TIMEOUT = httpx.Timeout(30.0)


class Session(BaseModel):
    """Somebody's session with the issuer.

    Attributes:
        issuer, app: Where the person signed in, and the application as the issuer knows it.
        url, client_id: The gateway, and the application as it knows it.
        appointment_id: Under which term on the roster the person acts; None while there is one only.
        expires_at: When the access token ends, in seconds since 1970.
    """

    issuer: str
    app: str
    url: str
    client_id: str
    appointment_id: str | None = None
    access_token: str
    refresh_token: str | None = None
    expires_at: float

    def with_tokens(self, tokens: Tokens) -> Self:
        """The session with what the issuer gave last."""
        return self.model_copy(
            update={
                "access_token": tokens.access_token,
                "refresh_token": tokens.refresh_token or self.refresh_token,
                "expires_at": time.time() + tokens.expires_in,
            }
        )


class SessionFile:
    """Where a session is kept, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Session | None:
        """Read the session; None when nobody is signed in."""
        try:
            return Session.model_validate_json(self.path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def save(self, session: Session) -> None:
        """Write the session so that a crash leaves the old or the new one."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)  # its mode would stay
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(session.model_dump_json(indent=2))
        draft.replace(self.path)

    def remove(self) -> None:
        """Forget the session."""
        self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from renewing at the same time: a refresh token may be good for once."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as file:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


class SignedIn:
    """Gives the access token of whoever is signed in, renewed before it ends.

    Args:
        file: Where the session is kept; what is renewed is written there.
        transport: Another httpx transport, for tests.

    Raises:
        SignInFailed: nobody is signed in.
    """

    def __init__(self, file: SessionFile, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._file = file
        self._transport = transport
        self.session = _known(file)

    @property
    def appointment_id(self) -> str | None:
        """Under which term the person acts."""
        return self.session.appointment_id

    async def access_token(self) -> str:
        """Give a token that is still good.

        Raises:
            SignInFailed: the session is over.
            IssuerAway: the issuer cannot be reached.
        """
        if time.time() + _RENEW_BEFORE_S < self.session.expires_at:
            return self.session.access_token
        with self._file.locked():
            self.session = _known(self._file)  # another command may have renewed it
            if time.time() + _RENEW_BEFORE_S < self.session.expires_at:
                return self.session.access_token
            if self.session.refresh_token is None:
                raise SignInFailed("登录已过期,请重新登录 / signed in no more: bangfu login")
            async with httpx.AsyncClient(timeout=_TIMEOUT, transport=self._transport) as http:
                issuer = Issuer(http, self.session.issuer, self.session.app)
                self.session = self.session.with_tokens(await issuer.renewed(self.session.refresh_token))
            self._file.save(self.session)
        return self.session.access_token

    async def sign_out(self) -> bool:
        """Forget the session and end it at the issuer; false if the issuer was not told.

        Raises:
            IssuerAway: the issuer cannot be reached; the session is forgotten all the same.
        """
        self._file.remove()
        if self.session.refresh_token is None:
            return False
        async with httpx.AsyncClient(timeout=_TIMEOUT, transport=self._transport) as http:
            return await Issuer(http, self.session.issuer, self.session.app).revoke(self.session.refresh_token)


def _known(file: SessionFile) -> Session:
    session = file.load()
    if session is None:
        raise SignInFailed("尚未登录 / nobody is signed in: bangfu login")
    return session


class ActingAs(BaseModel):
    """For whom calls are made, as the gateway's token says.

    Attributes:
        client_id: The application.
        person: Id on the roster; None if the application acts for itself.
        until: When the token ends; it is renewed by itself as long as the session and the term last.
    """

    client_id: str
    person: str | None = None
    role: str | None = None
    areas: list[str] = []
    grid: str | None = None
    department: str | None = None
    appointment_id: str | None = None
    scopes: list[str] = []
    until: datetime

    @classmethod
    def of(cls, token: str) -> Self:
        """Read it in the gateway's own token, which came from it directly."""
        claims = claims_of(token)
        said = {
            "department": claims.get("dept"),
            "scopes": str(claims.get("scope", "")).split(),
            "until": datetime.fromtimestamp(float(claims.get("exp", 0)), UTC),
        }
        return cls.model_validate({name: claims[name] for name in cls.model_fields if name in claims} | said)


class MyTerm(Answer):
    """A term of the caller that runs today."""

    role: str
    area_code: str
    grid: str | None = None
    last_on: date | None = None


class Looks(Answer):
    """How many looks at unmasked data the caller has left today."""

    per_day: int
    left: int


class Me(Answer):
    """Who calls, as the roster and the token have it; empty where nobody says."""

    name: str | None = None
    unit: str | None = None
    terms: list[MyTerm] = []
    looks: Looks | None = None
