"""What the operator declares so that people can sign in to the pages. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ConsoleClient(BaseModel):
    """As what the pages sign people in, and act for them.

    Attributes:
        issuer: One of the declared issuers at which people sign in.
        oidc_client_id: The pages' public client there (code flow with PKCE); one of its `client_ids`.
        client_id, client_secret: The pages' own client here, whose scopes and areas bound what they may do for anybody.
        idle_s, absolute_s: After how long without a request, and after how long at all, somebody signs in again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Text
    oidc_client_id: Text
    client_id: Text
    client_secret: SecretStr
    idle_s: int = Field(default=1800, ge=60, le=36_000)
    absolute_s: int = Field(default=36_000, ge=300, le=86_400)
