"""Issuers at which people sign in, as the operator declares them. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]  # fmt: skip
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class PeopleIssuer(BaseModel):
    """An OIDC issuer at which people sign in.

    Attributes:
        client_ids: One of the token's `aud`, or its `azp` or `client_id`, is among them.
        discovery_url: Where its metadata is, if not at `<issuer>/.well-known/openid-configuration`.
        token_types: `typ` of the header of its access tokens; `ID`: ID tokens as well.
        subject_claim: The claim that holds the account as the roster has it.
        acr_values: One of them must be the token's `acr`; none: any.
        amr_values: One of them must be among the token's `amr`; none: any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Text
    client_ids: Annotated[frozenset[Text], Field(min_length=1)]
    discovery_url: Text | None = None
    token_types: Annotated[frozenset[Text], Field(min_length=1)] = frozenset({"at+jwt", "application/at+jwt"})
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "PS256", "ES256")
    subject_claim: Text = "sub"
    acr_values: frozenset[Text] = frozenset()
    amr_values: frozenset[Text] = frozenset()

    @field_validator("token_types")
    @classmethod
    def _in_small_letters(cls, value: frozenset[str]) -> frozenset[str]:
        return frozenset(kind.lower() for kind in value)

    @field_validator("issuer", "discovery_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must be a URL")
        return value

    @property
    def discovery(self) -> str:
        """Where its metadata is (OpenID Connect Discovery 1.0 4)."""
        return self.discovery_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    @property
    def takes_id_tokens(self) -> bool:
        """Whether ID tokens are taken, too."""
        return "id" in self.token_types
