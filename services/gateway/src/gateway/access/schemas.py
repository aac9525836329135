"""Wire forms of client registrations and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.vocabulary import Department
from servicekit.body import Body, examples

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}:[a-z_]{2,40}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=60)]
Areas = Annotated[list[AreaCode], Field(max_length=200)]


class ClientIn(Body):
    """A new registration."""

    model_config = examples(
        {
            "client_id": "edu-990101",
            "name": "县教育局学籍系统",
            "scopes": ["datasets:read", "deliveries:write", "deliveries:read"],
            "department": "EDU",
            "areas": ["990101000000"],
        }
    )

    client_id: ClientId
    name: Name
    scopes: Scopes
    department: Department | None = None
    areas: Areas = []
    jwks: list[dict[str, Any]] | None = Field(default=None, description="public keys for private_key_jwt")
    with_secret: bool = Field(default=True, description="false for clients that use private_key_jwt only")


class ClientPatch(Body):
    """Changes to a registration; what is not given stays."""

    model_config = examples({"status": "disabled"})

    name: Name | None = None
    scopes: Scopes | None = None
    areas: Areas | None = None
    jwks: list[dict[str, Any]] | None = None
    status: Literal["active", "disabled"] | None = None


class SecretRotation(Body):
    """How a secret is exchanged."""

    model_config = examples({"overlap_s": 86400})

    overlap_s: int = Field(default=0, ge=0, le=7 * 86400, description="seconds for which the old secret stays good")


class ClientOut(BaseModel):
    """A registration; never a secret."""

    client_id: str
    name: str
    scopes: list[str]
    department: Department | None
    areas: list[str]
    grants: list[str] = Field(description="scopes that it may give beside its own; * is all")
    jwks: list[dict[str, Any]] | None
    has_secret: bool
    previous_secret_until: datetime | None
    status: Literal["active", "disabled", "removed"]
    created_at: datetime
    updated_at: datetime


class ClientWithSecret(ClientOut):
    """A registration with its new secret, which is shown this once and cannot be read again."""

    client_secret: str | None


class ProposalOut(BaseModel):
    """A change that waits for a second manager, or what came of it."""

    id: str
    kind: Literal["register", "change", "rotate_secret"]
    client_id: str
    wanted: dict[str, Any]
    state: Literal["open", "approved", "rejected"]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class RejectionIn(Body):
    """Why a proposal is rejected."""

    model_config = examples({"reason": "该系统不需要查看未脱敏信息"})

    reason: Annotated[str, StringConstraints(min_length=2, max_length=200, strip_whitespace=True)]


class ReplicaOut(BaseModel):
    """A process that verifies tokens."""

    replica: str = Field(description="service, host and a number of this start")
    seen_at: datetime
    is_confirmed: bool = Field(description="it has the keys of now: what was revoked is refused there")


class ReplicasOut(BaseModel):
    """Every process that was heard of within the last ten seconds."""

    items: list[ReplicaOut]
    keys: str = Field(description="digest of the keys that are published now")


class TokenOut(BaseModel):
    """A token response (RFC 6749 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    scope: str
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] | None = Field(
        default=None, description="of an exchange only (RFC 8693 2.2.1): the application acts for a person"
    )
