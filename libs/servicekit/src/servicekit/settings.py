"""Settings common to the services, read from the environment (prefix per service)."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from servicekit.channels import (
    Channel,
    bus_faults,
    database_faults,
    is_plain_http,
    is_service_base,
    password_fault,
    trace_endpoints,
)
from servicekit.keys import Keyring
from servicekit.replicas import LEAST_KEY_CHARS

# A random key of 32 bytes has about 30 different ones; fewer than this is an example or was typed by hand.
_LEAST_DIFFERENT_BYTES = 12

KeyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,15}$", description="id of a key, as k1")]
OtherKeys = dict[KeyId, SecretStr]


def key_id(name: str, zh: str, default: str = "k1") -> Any:
    """Declare `<name>_id`, beside the setting `name` that holds the key of this id; `zh` is what people call it."""
    return Field(default=default, description=f"{zh}的编号,仅轮换时更改 / id of {name}; only a rotation changes it")


def other_keys(name: str, zh: str) -> Any:
    """Declare `other_<name>s`: what it used to be, or will be."""
    return Field(
        default={},
        description=f"轮换期间的其他{zh},按编号的 JSON 对象"
        f" / further keys by id as a JSON object, while {name} is being rotated",
    )


class Issuer(BaseModel):
    """A token issuer whose access tokens a service accepts (RFC 9068).

    `names_people`: whether its word counts for whom an application acts. Only the gateway of this installation asks
    the roster; a token of anybody else is a machine's.
    """

    issuer: str
    jwks_url: str
    audience: str = "bangfu"
    token_types: tuple[str, ...] = ("at+jwt", "application/at+jwt")
    names_people: bool = False


def service_config(prefix: str) -> SettingsConfigDict:
    """Tell pydantic-settings where a service's variables are: `<PREFIX>NAME`, or such a file in /run/secrets."""
    secrets = Path("/run/secrets")
    return SettingsConfigDict(
        env_prefix=prefix,
        extra="ignore",
        env_nested_delimiter="__",
        secrets_dir=secrets if secrets.is_dir() else None,
    )


class ServiceSettings(BaseSettings):
    """What every service must be told. A missing value stops the start with its name.

    A service names its keys in `KEYS`. For each, say `field_key`, it declares three settings: `field_key` (base64 of
    32 bytes, the key to write with), `field_key_id` and `other_field_keys` (by id, to read with). The keys of a purpose
    in `ALGORITHMS` begin with its name, `aes-cmac:<base64>`: what they made outlives releases.
    """

    KEYS: ClassVar[tuple[str, ...]] = ()
    ALGORITHMS: ClassVar[Mapping[str, str]] = {"token_key": "aes-cmac"}

    mode: Literal["embedded", "production"] = Field(
        default="production",
        description="运行方式:production 拒绝不安全的设置,embedded 供本机试用"
        " / how it runs: production refuses unsafe settings, embedded is for one machine",
    )
    host: str = Field(default="127.0.0.1", description="监听地址 / address to listen on")
    port: int = Field(default=8000, description="api 端口 / port of the api")
    worker_port: int = Field(
        default=0,
        description="worker 的探针和指标端口,0 为任意空闲端口"
        " / port of the worker's probes and metrics; 0 for any free one",
    )
    database_url: SecretStr = Field(description="PostgreSQL 地址 / URL of the service's PostgreSQL database")
    migration_database_url: SecretStr | None = Field(
        default=None,
        description="仅供 migrate 使用的数据库所有者,默认与服务相同"
        " / the role that owns the database, for migrate alone; the service's own by default",
    )
    bus_url: SecretStr = Field(
        description="消息总线:kafka:主机:端口 或 embedded:数据库地址"
        " / event bus: kafka:host:port, or embedded:<database URL>"
    )
    issuers: list[Issuer] = Field(
        default=[], description="信任的令牌签发方,JSON 列表 / token issuers that are trusted, as a JSON list"
    )
    clock_file: Path | None = Field(
        default=None, description="业务时钟文件,仅限 embedded / file that moves the business clock; embedded mode only"
    )
    log_level: str = Field(default="INFO", description="日志级别 / level of the log")
    data_dir: Path = Field(default=Path("build/data"), description="本机数据目录 / folder for the service's own files")
    database_pool_size: int = Field(default=8, description="每进程数据库连接数 / database connections of a process")
    lock_timeout_s: float = Field(
        default=10.0,
        description="等待数据库锁的最长秒数,0 为不限 / longest wait for a database lock, in seconds; 0 for no limit",
    )
    outbox_keep_days: int = Field(
        default=30,
        ge=30,
        description="事件可重放的天数,各服务一致 / days that events stay replayable; the same everywhere",
    )
    replica_key: SecretStr | None = Field(
        default=None,
        min_length=LEAST_KEY_CHARS,
        description="各服务与网关共用的密钥,用于证明本进程已停用被吊销的签名密钥;不设则网关不知道本进程"
        " / shared by the gateway and all services: proves that this process has dropped revoked signing keys;"
        " without it a revocation is not confirmed by this process",
    )
    drain_s: float = Field(
        default=20.0, description="停止时等待在办请求的秒数 / seconds that work under way gets to finish at a stop"
    )
    allow_plaintext: frozenset[Channel] = Field(
        default=frozenset(),
        description="生产环境允许不加密的通道(database、bus、issuers、services、traces),JSON 列表"
        " / channels that production may use without TLS, as a JSON list of database, bus, issuers,"
        " services, traces: for a network that nobody else is on, or where something else encrypts",
    )

    def keyring(self, name: str) -> Keyring:
        """Give the keys of one of `KEYS`.

        Raises:
            ValueError: one has not the form of its purpose. The message never repeats a secret.
        """
        others: OtherKeys = getattr(self, f"other_{name}s")
        current_id: str = getattr(self, f"{name}_id")
        algorithm = self.ALGORITHMS.get(name)
        keys = {
            key_id: key_bytes(secret, algorithm)
            for key_id, secret in {**others, current_id: getattr(self, name)}.items()
        }
        return Keyring(name.removesuffix("_key"), current_id, keys, algorithm)

    def keyrings(self) -> list[Keyring]:
        """Give the keys of every purpose."""
        return [self.keyring(name) for name in self.KEYS]

    def channel_faults(self) -> Iterator[tuple[Channel | None, str]]:
        """Give the channels that are open to others, and the passwords that are weak; services add theirs."""
        for name, faults_of in (("database_url", database_faults), ("bus_url", bus_faults)):
            url: SecretStr = getattr(self, name)
            for channel, text in faults_of(url.get_secret_value(), os.environ):
                yield channel, f"{name} {text}" + (f", or {channel} in allow_plaintext" if channel else "")
        for issuer in self.issuers:
            if any(is_plain_http(url) for url in (issuer.issuer, issuer.jwks_url)):
                # The keys that decide who gets in must come over an authenticated channel.
                yield "issuers", f"issuers: {issuer.jwks_url} must be https, or issuers in allow_plaintext"
        for variable in trace_endpoints(os.environ):
            yield "traces", f"{variable} must be https, or traces in allow_plaintext"

    @model_validator(mode="after")
    def _keys_are_whole(self) -> Self:
        for name in self.KEYS:
            if getattr(self, f"{name}_id") in getattr(self, f"other_{name}s"):
                raise ValueError(f"other_{name}s must not hold the current key; give each key an id of its own")
            try:
                self.keyring(name)
            except ValueError as error:
                variable = f"{self.model_config.get('env_prefix', '')}{name.upper()}"
                raise ValueError(f"{variable} or one of OTHER_{name.upper()}S: {error}") from None
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.mode == "embedded":
            return self
        if self.clock_file is not None:
            raise ValueError("clock_file moves the business clock and is only for embedded mode")
        weak = [
            name
            for name in type(self).model_fields
            if any(_is_weak(secret.get_secret_value()) for secret in _secrets_of(getattr(self, name)))
        ]
        if weak:
            raise ValueError(f"{', '.join(weak)}: missing or a known default; set a secret of its own")
        faults = [text for channel, text in self.channel_faults() if channel not in self.allow_plaintext]
        if faults:
            raise ValueError("; ".join(faults))
        keys = [key for ring in self.keyrings() for key in ring.keys.values()]
        if len(set(keys)) < len(keys):
            raise ValueError("one key serves two purposes or has two ids; make each key by itself")
        return self


class AsksRegistry(ServiceSettings):
    """Settings of a service whose lists carry the registry's titles (`servicekit.titling`)."""

    registry_url: str = Field(
        default="",
        description="registry 地址,用于在列表中显示户和区划名称;不设则列表没有名称"
        " / address of the registry, which knows the names that lists show; without it they show none",
    )
    registry_timeout_s: float = Field(
        default=1.0,
        gt=0,
        description="等待名称的最长秒数,超时则不显示名称 / longest wait for names; the list comes without them then",
    )

    @field_validator("registry_url")
    @classmethod
    def _registry_is_base(cls, value: str) -> str:
        if value and not is_service_base(value):
            raise ValueError("registry_url must be http(s)://host:port")
        return value

    def channel_faults(self) -> Iterator[tuple[Channel | None, str]]:
        """Add the registry: tokens go there, and names come back."""
        yield from super().channel_faults()
        if is_plain_http(self.registry_url):
            yield "services", "registry_url must be https, or services in allow_plaintext"


class AsksAlerts(ServiceSettings):
    """Settings of a service that asks who has a duty in hand (`servicekit.holding`)."""

    alerts_url: str = Field(
        default="",
        description="alerts 地址,用于确认事项归谁办理;不设则须凭事项办理的一律不予办理"
        " / address of alerts, which knows who has a duty in hand; without it nothing is shown or done that needs one",
    )
    alerts_timeout_s: float = Field(
        default=2.0, gt=0, description="等待 alerts 答复的最长秒数 / longest wait for alerts' answer"
    )

    @field_validator("alerts_url")
    @classmethod
    def _alerts_is_base(cls, value: str) -> str:
        if value and not is_service_base(value):
            raise ValueError("alerts_url must be http(s)://host:port")
        return value

    def channel_faults(self) -> Iterator[tuple[Channel | None, str]]:
        """Add alerts: tokens go there."""
        yield from super().channel_faults()
        if is_plain_http(self.alerts_url):
            yield "services", "alerts_url must be https, or services in allow_plaintext"


def _secrets_of(value: object) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, SecretStr))
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, SecretStr))


def _is_weak(secret: str) -> bool:
    if ":" in secret and "/" in secret.partition(":")[2][:2]:
        return False  # a URL: its password is looked at with its channel
    if secret.startswith(("kafka:", "embedded:")):
        return False
    if password_fault(secret) is not None:
        return True
    try:
        decoded = base64.b64decode(secret.rpartition(":")[2], validate=True)
    except binascii.Error:
        return False
    return len(decoded) == 32 and len(set(decoded)) < _LEAST_DIFFERENT_BYTES


def key_bytes(secret: SecretStr, algorithm: str | None = None) -> bytes:
    """Decode a 32-byte key given as base64, after the name of its algorithm where it has one.

    Raises:
        ValueError: if it has another form. The message never repeats the secret.
    """
    prefix = f"{algorithm}:" if algorithm else ""
    text = secret.get_secret_value()
    form = f"a key is {prefix}<base64 of 32 bytes>" if prefix else "a key is base64 of 32 bytes"
    if not text.startswith(prefix):
        raise ValueError(form)
    try:
        key = base64.b64decode(text.removeprefix(prefix), validate=True)
    except binascii.Error as error:
        raise ValueError(form) from error
    if len(key) != 32:
        raise ValueError(f"{form}, this one has {len(key)}")
    return key
