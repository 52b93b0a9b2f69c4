"""The keys of `[publish]`: the MQTT broker, and how to authenticate."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from stream.config.section import Port, Section
from stream.errors import ConfigError

DelayMs = Annotated[float, Field(strict=True, ge=0, le=60_000)]


class Publish(Section):
    """The MQTT broker. The password itself comes from a file or the environment, and is never written out again."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    # Left out of every dump: children and `config show` would otherwise write it down.
    password: SecretStr = Field(default=SecretStr(""), exclude=True)
    password_file: str = ""
    protocol: Literal["5", "3.1.1", "auto"] = "auto"
    commands: bool = Field(default=False, strict=True)
    tls: bool = Field(default=False, strict=True)
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    discovery: bool = Field(default=False, strict=True)
    markers: bool = Field(default=False, strict=True)
    marker_max_age_ms: Annotated[float, Field(strict=True, ge=0, le=60_000)] = 1000.0
    marker_least: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0
    marker_lockout_ms: Annotated[float, Field(strict=True, ge=0, le=600_000)] = 0.0
    marker_sham: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    marker_delayed: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    marker_delay_ms: Annotated[
        tuple[DelayMs, DelayMs], Field(description="two numbers from 0 to 60000, the shortest delay first")
    ] = (500.0, 3000.0)
    marker_provisional: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _files_only_with_tls(self) -> "Publish":
        # Who names a certificate and forgets the switch would send a password in the open.
        if not self.tls and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError("names files for TLS, but tls is false; set tls = true, or leave the files out")
        if bool(self.certificate_file) != bool(self.key_file):
            raise ValueError("a client certificate needs both certificate_file and key_file; give the other as well")
        return self

    @model_validator(mode="after")
    def _controls_of_an_experiment(self) -> "Publish":
        if self.marker_sham + self.marker_delayed > 1:
            raise ValueError(
                f"marker_sham and marker_delayed are shares of the same markers: {self.marker_sham:g} and "
                f"{self.marker_delayed:g} are more than 1 together"
            )
        shortest_ms, longest_ms = self.marker_delay_ms
        if shortest_ms > longest_ms:
            raise ValueError(f"marker_delay_ms: {shortest_ms:g} is above {longest_ms:g}; give the shortest delay first")
        return self

    def secret(self) -> str:
        """Return the password, empty where there is none.

        Raises
        ------
        ConfigError
            if the password file cannot be read
        """
        if self.password.get_secret_value() or not self.password_file:
            return self.password.get_secret_value()
        try:
            # Editors end a file with a line break; spaces may belong to the password.
            return Path(self.password_file).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f'publish.password_file = "{self.password_file}" cannot be read; '
                "name a text file that this user may read"
            ) from error
