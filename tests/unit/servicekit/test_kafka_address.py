"""A bus URL says where the brokers are and names files for the secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicekit.bus.kafka_address import KafkaAddress


def test_hosts_alone_are_plain_tcp_and_topics_are_created() -> None:
    address = KafkaAddress.parse("a:9092,b:9092")
    assert address.client_options() == {"bootstrap_servers": "a:9092,b:9092"}
    assert address.creates_topics


def test_a_user_logs_in_with_the_password_that_the_file_holds_now(tmp_path: Path) -> None:
    file = tmp_path / "password"
    address = KafkaAddress.parse(f"//bangfu-alerts@kafka:9093?password_file={file}&topics=given")
    for password in ("first", "rotated"):
        file.write_text(password + "\n")
        assert address.client_options() == {
            "bootstrap_servers": "kafka:9093",
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "bangfu-alerts",
            "sasl_plain_password": password,
        }
    assert not address.creates_topics


def test_a_missing_certificate_file_is_an_error_and_not_plain_tcp(tmp_path: Path) -> None:
    address = KafkaAddress.parse(f"kafka:9093?ca_file={tmp_path / 'absent.crt'}")
    with pytest.raises(OSError, match="No such file"):
        address.client_options()


@pytest.mark.parametrize(
    "text",
    [
        "alerts:secret@kafka:9093?password_file=/p",
        "alerts@kafka:9093",
        "kafka:9093?password_file=/p",
        "kafka:9093?passwordfile=/p",
        "kafka:9093?topics=maybe",
        "kafka:9093?nonsense",
    ],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"kafka|topics|bad query field"):
        KafkaAddress.parse(text)
