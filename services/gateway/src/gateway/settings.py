"""Settings of the gateway: variables `GATEWAY_*`, or files of those names in /run/secrets."""

from __future__ import annotations

from typing import ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.limits import RateLimit
from servicekit.settings import KeyId, OtherKeys, ServiceSettings, service_config

UPLOAD_TYPES = frozenset(
    {
        "application/x-ndjson",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/octet-stream",
        "application/gzip",
        "application/zstd",
    }
)

_RATE_LIMITS = {
    "read": RateLimit(quota=6000, window_s=10),
    "write": RateLimit(quota=3000, window_s=10),
    "upload": RateLimit(quota=300, window_s=10),
    # Exact-match look-ups over ID numbers: unthrottled they would give the register away.
    "strict": RateLimit(quota=60, window_s=60),
    "token": RateLimit(quota=600, window_s=10),
}


class GatewaySettings(ServiceSettings):
    """What the gateway must be told. All durations in seconds, all sizes in bytes."""

    model_config = service_config("GATEWAY_")
    KEYS: ClassVar[tuple[str, ...]] = ("key_encryption_key",)

    issuer: str
    upstreams: dict[str, str] = {}
    key_encryption_key: SecretStr
    key_encryption_key_id: KeyId = "k1"
    other_key_encryption_keys: OtherKeys = {}

    audience: str = "bangfu"
    allow_http_issuers: bool = False
    token_ttl_s: int = Field(600, ge=300, le=600)
    signing_key_days: int = Field(30, ge=1, le=365)

    json_limit_bytes: int = Field(1024 * 1024, ge=1024)
    upload_limit_bytes: int = Field(4 * 1024**3, ge=1024)
    upload_types: frozenset[str] = UPLOAD_TYPES
    head_timeout_s: float = Field(10.0, gt=0)
    body_idle_timeout_s: float = Field(30.0, gt=0)
    connect_timeout_s: float = Field(3.0, gt=0)
    answer_timeout_s: float = Field(300.0, gt=0)
    read_idle_timeout_s: float = Field(60.0, gt=0)
    max_upstream_connections: int = Field(512, ge=1)
    access_log: bool = True
    routes_refresh_s: float = Field(30.0, gt=0)

    rate_limits: dict[str, RateLimit] = {}
    strict_scopes: frozenset[str] = frozenset({"persons:search", "persons:unmask"})

    audit_seal_interval_s: float = Field(10.0, gt=0, le=60)
    audit_seal_limit_s: float = Field(14_400.0, gt=0)
    audit_anchor_file: str | None = None

    secret_failures: int = Field(10, ge=1)
    secret_failure_window_s: int = Field(300, ge=1)
    secret_lock_s: int = Field(300, ge=1)

    @field_validator("upstreams")
    @classmethod
    def _upstreams_are_bases(cls, value: dict[str, str]) -> dict[str, str]:
        for name, url in value.items():
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
                raise ValueError(f"upstream {name} must be http(s)://host:port")
        return value

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.issuer.endswith("/") or not self.issuer.startswith(("http://", "https://")):
            raise ValueError("issuer must be a URL without a final slash")
        if self.mode == "production":
            if not self.upstreams:
                raise ValueError("upstreams is empty; name the services to route to")
            urls = [self.issuer, *(issuer.jwks_url for issuer in self.issuers)]
            insecure = [url for url in urls if not url.startswith("https://")]
            if insecure and not self.allow_http_issuers:
                # The keys that decide who gets in must come over an authenticated channel.
                raise ValueError(f"{', '.join(insecure)} must be https, or allow_http_issuers must be set")
        return self

    def rate_limit(self, route_class: str) -> RateLimit:
        """Give the limit of a route class: read, write, upload, strict or token."""
        return self.rate_limits.get(route_class) or _RATE_LIMITS[route_class]
