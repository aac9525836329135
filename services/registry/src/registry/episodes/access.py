"""Access of the one route that three levels use: each step needs its own scope."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from servicekit.auth import MissingScope, Principal, RequireAccess


@dataclass(frozen=True)
class RequireAnyScope(RequireAccess):
    """Lets in whoever has `scope` or one of `others`; the use case then asks for the one that the step needs."""

    others: tuple[str, ...] = field(default=())

    async def __call__(self, request: Request) -> Principal:
        """Verify the bearer token and that it has one of the scopes."""
        for scope in (self.scope, *self.others[:-1]):
            try:
                return await RequireAccess(scope, self.purpose, self.classes)(request)
            except MissingScope:
                continue
        return await RequireAccess((self.scope, *self.others)[-1], self.purpose, self.classes)(request)
