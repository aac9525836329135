"""Settings of the gateway: variables `GATEWAY_*`, or files of those names in /run/secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator, model_validator

from gateway.limits import RateLimit
from gateway.pages import ConsoleClient
from gateway.people.service import PeopleIssuer
from servicekit.channels import Channel, is_plain_http, is_service_base
from servicekit.settings import KeyId, OtherKeys, ServiceSettings, key_id, other_keys, service_config

UPLOAD_TYPES = frozenset(
    {
        "application/x-ndjson",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/octet-stream",
        "application/gzip",
        "application/zstd",
        "application/pdf",
        "image/jpeg",
        "image/png",
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

    issuer: str = Field(
        description="网关地址,即令牌签发方,末尾无斜杠"
        " / address of the gateway, which issues the tokens; without a final slash"
    )
    upstreams: dict[str, str] = Field(
        default={}, description="各服务地址,JSON 对象 / addresses of the services by name, as a JSON object"
    )
    key_encryption_key: SecretStr = Field(
        description="签名密钥的加密密钥,32 字节 base64 / base64 of 32 bytes: the signing keys at rest"
    )
    key_encryption_key_id: KeyId = key_id("key_encryption_key", "签名密钥")
    other_key_encryption_keys: OtherKeys = other_keys("key_encryption_key", "签名密钥")

    audience: str = Field(default="bangfu", description="令牌的受众 / audience of the tokens")
    token_ttl_s: int = Field(
        600, ge=300, le=600, description="访问令牌有效秒数 / seconds that an access token is good for"
    )
    signing_key_days: int = Field(30, ge=1, le=365, description="签名密钥使用天数 / days that a signing key signs")

    json_limit_bytes: int = Field(1024 * 1024, ge=1024, description="JSON 请求体最大字节数 / largest JSON body")
    upload_limit_bytes: int = Field(4 * 1024**3, ge=1024, description="上传最大字节数 / largest upload")
    upload_types: frozenset[str] = Field(
        default=UPLOAD_TYPES, description="视为上传的内容类型 / content types that count as uploads"
    )
    head_timeout_s: float = Field(
        10.0, gt=0, description="收齐请求头的最长秒数 / seconds within which a request's head must come"
    )
    body_idle_timeout_s: float = Field(30.0, gt=0, description="请求体最长静默秒数 / longest silence within a body")
    body_grace_s: float = Field(
        10.0, gt=0, description="多少秒后开始判断请求体速率 / seconds of waiting for a body before its rate is judged"
    )
    body_least_bytes_s: int = Field(
        1024, ge=1, description="此后请求体每秒最少字节数 / bytes a second that a body has to bring after the grace"
    )
    public_limit_bytes: int = Field(
        16 * 1024, ge=1024, description="无需令牌的路由请求体最大字节数 / largest body of a route that needs no token"
    )
    trusted_proxies: list[IPvAnyNetwork] = Field(
        default=[],
        description="前置代理网段,只信任其 X-Forwarded-For;默认没有"
        " / networks of the proxies in front, whose X-Forwarded-For is believed; none by default",
    )
    max_connections: int = Field(4096, ge=1, description="一个进程的连接数 / open connections of one process")
    max_connections_per_source: int = Field(
        512, ge=1, description="其中来自一个地址的连接数,可信代理除外 / of them from one address, trusted proxies apart"
    )
    max_requests_per_client: int = Field(
        128, ge=1, description="一个客户端同时进行的请求数 / requests that one client may have under way"
    )
    connect_timeout_s: float = Field(3.0, gt=0, description="连接服务的最长秒数 / seconds to connect to a service")
    answer_timeout_s: float = Field(
        300.0, gt=0, description="等待服务应答的最长秒数 / seconds that a service has to begin its answer"
    )
    read_idle_timeout_s: float = Field(60.0, gt=0, description="应答中最长静默秒数 / longest silence within an answer")
    max_upstream_connections: int = Field(512, ge=1, description="到各服务的连接数 / connections to the services")
    access_log: bool = Field(default=True, description="是否记录每个请求 / whether each request is logged")
    routes_refresh_s: float = Field(
        30.0, gt=0, description="重新读取各服务接口的间隔秒数 / seconds between looks at the services' routes"
    )

    rate_limits: dict[str, RateLimit] = Field(
        default={},
        description="限流,按路由类别的 JSON 对象(read、write、upload、strict、token)"
        " / limits by class of route, as a JSON object: read, write, upload, strict, token",
    )
    sole_granters: frozenset[str] = Field(
        default=frozenset(),
        description="可单独授权的客户端,仅供试用"
        " / clients that decide alone where two have to; to try the system out only",
    )
    machines_stand_in: bool = Field(
        default=False,
        description="尚无人员登录时,接入方可代人办理须由人办理的环节;记录的是接入方而不是人"
        " / where nobody signs in yet, clients take the steps that persons must take; records then name clients",
    )
    people_issuers: list[PeopleIssuer] = Field(
        default=[],
        description="人员登录的签发方,JSON 列表 / issuers at which people sign in, as a JSON list (signing-in.md)",
    )
    console: ConsoleClient | None = Field(
        default=None,
        description="网页办理的登录设置,JSON 对象;不设则不开放"
        " / as what the pages sign people in, as a JSON object; without it there are none (signing-in.md)",
    )
    bind_sessions: bool = Field(
        default=True,
        description="人员令牌只能在申请它的地址使用;移动网络经常换地址的县可关闭"
        " / a person's token is good from the address that asked for it only; off where mobile networks change it",
    )
    strict_scopes: frozenset[str] = Field(
        default=frozenset({"persons:search", "persons:unmask"}),
        description="按 strict 限流、须两人授权的权限 / scopes with the strict limit, which two have to grant",
    )

    audit_seal_interval_s: float = Field(
        10.0, gt=0, le=60, description="封存审计记录的间隔秒数 / seconds between seals of the audit record"
    )
    audit_seal_limit_s: float = Field(
        14_400.0,
        gt=0,
        description="审计未封存多少秒后拒绝个人数据请求"
        " / seconds without a seal after which requests for personal data are refused",
    )
    audit_refusals_per_minute: int = Field(
        default=120,
        ge=1,
        description="一个调用方每分钟逐条记录的拒绝数,超出的只计数"
        " / refusals of one caller a minute that are recorded one by one; what goes beyond is counted",
    )
    audit_anchor_file: str | None = Field(
        default=None, description="另存审计锚点的文件 / file that the audit's anchors are also written to"
    )
    audit_anchor_url: str | None = Field(
        default=None,
        description="另存审计锚点的系统,每次封存 PUT 一次"
        " / another system that keeps anchors: each seal is PUT below it, once",
    )
    audit_anchor_token: SecretStr | None = Field(
        default=None, description="该系统的访问令牌 / bearer token for that system"
    )
    allow_shared_role: bool = Field(
        default=False,
        description="角色可改审计记录时仍提供服务,否则生产环境拒绝"
        " / serve although this role could change the audit record; else production refuses",
    )

    secret_failures: int = Field(
        10, ge=1, description="密钥输错多少次后锁定 / wrong secrets after which whoever guesses is locked"
    )
    secret_failure_window_s: int = Field(
        300, ge=1, description="统计输错次数的秒数 / seconds within which they are counted"
    )
    secret_lock_s: int = Field(300, ge=1, description="锁定秒数 / seconds of the lock")

    @field_validator("upstreams")
    @classmethod
    def _upstreams_are_bases(cls, value: dict[str, str]) -> dict[str, str]:
        for name, url in value.items():
            if not is_service_base(url):
                raise ValueError(f"upstream {name} must be http(s)://host:port")
        return value

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.issuer.endswith("/") or not self.issuer.startswith(("http://", "https://")):
            raise ValueError("issuer must be a URL without a final slash")
        if self.mode == "production" and not self.upstreams:
            raise ValueError("upstreams is empty; name the services to route to")
        if self.mode == "production" and self.sole_granters:
            raise ValueError("sole_granters is for trying out; in production two managers decide")
        if any(issuer.names_people for issuer in self.issuers):
            raise ValueError("issuers: nobody but this gateway names people; people sign in at people_issuers")
        names = [issuer.issuer for issuer in self.people_issuers]
        if len(set(names)) < len(names) or self.issuer in names:
            raise ValueError("people_issuers: name each once, and not the gateway itself")
        return self

    def channel_faults(self) -> Iterator[tuple[Channel | None, str]]:
        """Add the gateway's own address and the services behind it."""
        yield from super().channel_faults()
        if is_plain_http(self.issuer):
            yield "issuers", f"issuer {self.issuer} must be https, or issuers in allow_plaintext"
        for people in self.people_issuers:
            if is_plain_http(people.issuer) or is_plain_http(people.discovery):
                yield "issuers", f"people_issuers: {people.issuer} must be https, or issuers in allow_plaintext"
        if self.audit_anchor_url is not None and is_plain_http(self.audit_anchor_url):
            yield "services", "audit_anchor_url must be https, or services in allow_plaintext"
        for name, url in self.upstreams.items():
            if is_plain_http(url):
                yield "services", f"upstreams: {name} must be https, or services in allow_plaintext"

    def rate_limit(self, route_class: str) -> RateLimit:
        """Give the limit of a route class: read, write, upload, strict or token."""
        return self.rate_limits.get(route_class) or _RATE_LIMITS[route_class]
