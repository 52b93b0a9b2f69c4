"""Certificates for the broker: until when they hold, and that the key fits, of certificates that openssl made."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.doctor.certificates import check_certificates
from tests.stream.publish.certificates import Authority

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def config(**keys: str) -> Config:
    """Configure a broker with TLS."""
    return Config(bed=[Bed(id="bed-1")], publish=Publish.model_validate({"tls": True, **keys}))


@needs_openssl
def test_certificates_are_told_until_when_they_hold(tmp_path: Path) -> None:
    """30 days from now: well today, a warning in a day, a failure in 40; the key of another fails."""
    authority = Authority(tmp_path)
    certificate, key = authority.sign("ward")
    keys = {"ca_file": str(authority.certificate), "certificate_file": str(certificate), "key_file": str(key)}
    now = datetime.now(UTC)
    until = now + timedelta(days=30)
    for later_days, verdict in ((-1, "ok"), (1, "warn"), (40, "fail")):
        checks = list(check_certificates(config(**keys), now + timedelta(days=later_days)))
        assert [(check.name, check.verdict) for check in checks] == [
            ("publish.ca_file", verdict), ("publish.certificate_file", verdict),
        ]  # fmt: skip
        assert all(f"{until:%Y-%m-%d}" in check.found for check in checks)
    _, other = authority.sign("other")
    *_, last = check_certificates(config(**{**keys, "key_file": str(other)}))
    assert (last.name, last.verdict) == ("publish.key_file", "fail")


@pytest.mark.parametrize(("content", "said"), [("", "holds no certificate"), (None, "cannot be read")])
def test_a_file_that_is_no_certificate_fails(tmp_path: Path, content: str | None, said: str) -> None:
    """Empty, or not there; without TLS nothing is looked at."""
    path = tmp_path / "ca.crt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    [check] = check_certificates(config(ca_file=str(path)))
    assert (check.verdict, said in check.found) == ("fail", True)
    assert list(check_certificates(Config(bed=[Bed(id="bed-1")]))) == []
