"""Settings of the alerts service, read from `ALERTS_*` environment variables."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.settings import AsksRegistry, KeyId, OtherKeys, key_id, other_keys, service_config


class AlertsSettings(AsksRegistry):
    """Everything an operator may set."""

    model_config = service_config("ALERTS_")

    KEYS: ClassVar[tuple[str, ...]] = ("secret_key",)

    secret_key: SecretStr = Field(
        description="webhook 密钥的加密密钥,32 字节 base64 / base64 of 32 bytes: webhook secrets at rest"
    )
    secret_key_id: KeyId = key_id("secret_key", "webhook密钥")
    other_secret_keys: OtherKeys = other_keys("secret_key", "webhook密钥")
    webhook_allow: list[str] = Field(
        default=[],
        description="webhook 可到达的主机和网段,JSON 列表;embedded 另含本机"
        " / hosts (hooks.health.example, *.health.example) and networks that webhooks may go to, as a"
        " JSON list; embedded mode adds loopback",
    )
    webhook_deny: list[str] = Field(
        default=[], description="始终禁止的网段 / networks that stay forbidden whatever the allow-list says"
    )
    webhook_ports: list[int] = Field(
        default=[443, 8443],
        description="webhook 可用端口(embedded 不限) / ports that webhooks may use outside embedded mode",
    )
    webhook_concurrency: int = Field(
        default=8,
        ge=1,
        le=64,
        description="对一个接收端同时进行的请求数 / requests under way at a time to one endpoint",
    )
    webhook_total_concurrency: int = Field(
        default=256, ge=1, description="同时进行的请求总数 / requests under way at a time to all endpoints together"
    )
    webhook_timeout_s: float = Field(
        default=15.0, gt=0, description="一次投递最长秒数 / longest time of one delivery attempt, to the status line"
    )
    webhook_attempts_days: int = Field(
        default=40,
        ge=1,
        le=400,
        description="推送尝试记录保留天数 / days for which each attempt to send to a webhook stays in its log",
    )
    stream_limit: int = Field(
        default=256, ge=1, description="一个进程的实时连接数 / open SSE streams a process accepts"
    )
    stream_limit_per_client: int = Field(
        default=8,
        ge=1,
        description="一个客户端在一个进程的实时连接数 / open SSE streams a client may hold in a process",
    )
    stream_max_age_s: float = Field(
        default=3600.0,
        gt=0,
        description="实时连接最长秒数,到时重连续传"
        " / age at which a stream is ended; the reader resumes with Last-Event-ID",
    )
    stream_heartbeat_s: float = Field(
        default=15.0,
        gt=0,
        description="实时连接静默多少秒后发注释行 / silence after which a stream sends a comment line",
    )
    directory_patience_s: float = Field(
        default=5.0,
        ge=0,
        description="一批发现等待未知农户的秒数"
        " / how long a batch of findings waits for households that this service has not heard of",
    )
    overdue_check_s: float = Field(
        default=30.0, gt=0, description="检查逾期的间隔秒数 / seconds between looks at due dates"
    )
