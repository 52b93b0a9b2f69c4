"""config.toml: what is read, which place wins, and the one line that says what is wrong."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.keys import Acquire, Bed, Condition, Config
from stream.config.load import KEYS, origins, to_toml
from stream.config.load import load as load_config
from stream.config.load import schema as config_schema
from stream.errors import ConfigError

SHIPPED = Path(__file__).parents[3] / "config.toml"
ONE_BED = '[[bed]]\nid = "bed-1"\n'
FIVE = ["Fp1-F7", "F7-T3", "T3-T5", "T5-O1", "Fp1-O1"]

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a text as config.toml, with overrides and an environment of its own."""
    # So that messages name "config.toml" and not a path that differs in every run.
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, *overrides: str, **environment: str) -> Config:
        Path("config.toml").write_text(text, encoding="utf-8")
        return load_config("config.toml", overrides, environment)

    return load_text


def test_the_shipped_file_holds_the_defaults() -> None:
    """What config.toml says is what happens without it, but for the stream it is bound to."""
    defaults = Config(bed=[Bed(id="bed-1", acquire=Acquire(name="acceptance"))])
    assert load_config(SHIPPED, (), {}) == defaults


def test_the_shipped_file_explains_every_key() -> None:
    """Each key, apart from the password, stands in config.toml with a remark."""
    keys = {".".join(map(str, key)) for key in KEYS.every()} - {"publish.password", "web.token"}
    assert keys == {key for key, origin in origins(SHIPPED, (), {}).items() if origin == str(SHIPPED)}
    values = [line for line in SHIPPED.read_text().splitlines() if re.match(r"\w+ = ", line)]
    assert [line for line in values if "# " not in line] == []


def test_set_wins_over_environment_over_file_over_default(load: Load) -> None:
    """Each place is overruled by the one before it."""
    text = ONE_BED + "[frame]\nhop_ms = 250\n"
    environment = {"SPIKEWATCH_FRAME__HOP_MS": "62.5"}
    assert load(ONE_BED).frame.hop_ms == 125
    assert load(text).frame.hop_ms == 250
    assert load(text, **environment).frame.hop_ms == 62.5
    assert load(text, "frame.hop_ms=31.25", **environment).frame.hop_ms == 31.25


@pytest.mark.parametrize("bed", ["0", "bed-1"])
def test_a_bed_is_named_by_index_or_id(load: Load, bed: str) -> None:
    """Both names lead to the same bed, on the command line and in the environment."""
    assert load(ONE_BED, f"bed.{bed}.condition.montage=shaft").bed[0].condition.montage == "shaft"
    name = f"SPIKEWATCH_BED__{bed.upper()}__ACQUIRE__NAME"
    assert load(ONE_BED, **{name: "amplifier"}).bed[0].acquire.name == "amplifier"


def test_the_index_past_the_last_is_a_new_bed(load: Load) -> None:
    """A second bed needs no second file."""
    assert [bed.id for bed in load(ONE_BED, "bed.1.id=icu-2").bed] == ["bed-1", "icu-2"]


# What TOML reads as a number, a truth value or a date, what it cannot read, and what would set a second key.
@pytest.mark.parametrize("text", ["0042", "42", "true", "2026-11-21", "a = b", "", 'say "ah"', "1\nsite = 2"])
def test_any_text_can_stand_where_only_a_string_can(load: Load, text: str) -> None:
    """A stream called 42 needs no quotes, and no text can set a second key."""
    assert load(ONE_BED, f"bed.0.acquire.name={text}").bed[0].acquire.name == text


def test_values_on_the_command_line_are_toml(load: Load) -> None:
    """Lists, tables, numbers and quoted strings mean what they mean in the file."""
    # Python writes a list of texts as TOML does, with single quotes.
    montage = f"bed.0.condition.montage={{ left = {FIVE} }}"
    condition = load(ONE_BED, montage, "bed.0.condition.bandpass_hz=[0.5, 40]").bed[0].condition
    assert condition == Condition(montage={"left": FIVE}, bandpass_hz=(0.5, 40))
    assert load(ONE_BED, 'site="ward"').site == "ward"


WRONG: list[tuple[str, str]] = [
    ("", "config.toml: bed is missing; give it at least one [[bed]] table with an id"),
    ('[bed]\nid = "x"', 'config.toml: bed = {"id": "x"} is not allowed; it takes at least one [[bed]] table'),
    ("[[bed]]", "config.toml: bed.0.id is missing; give it a lower-case id"),
    (ONE_BED + ONE_BED, 'config.toml: bed.1.id = "bed-1" is the id of another bed'),
    (ONE_BED + "[bed.acquire]\nnmae = 'x'", "bed.0.acquire.nmae is not a key; did you mean bed.0.acquire.name?"),
    (ONE_BED + "[infer]\nhop_ms = 125", "config.toml: infer.hop_ms is not a key; did you mean frame.hop_ms?"),
    (ONE_BED + "[ward]\nx = 1", "config.toml: ward is not a key; keys here: site, bed, frame,"),
    (ONE_BED + "[frame]\nhop_ms = 1", "frame.hop_ms = 1 is not allowed; it takes a number from 15 to 1000"),
    (ONE_BED + "[frame]\nhop_ms = nan", "config.toml: frame.hop_ms = NaN is not allowed;"),
    # To Python true is the number 1; the line shows what was written.
    (ONE_BED + "[frame]\nhop_ms = true", "config.toml: frame.hop_ms = true is not allowed;"),
    (ONE_BED + "[infer]\nthreads = 0", "infer.threads = 0 is not allowed; it takes a whole number from 1 to 64"),
    (ONE_BED + "[infer]\nprecision = 'int8'", '"int8" is not allowed; it takes "fp32" or "bf16"'),
    (ONE_BED + "[infer]\ndevice = 'gpu'", '"gpu" is not allowed; it takes "auto" or "cuda" or "cpu"'),
    (ONE_BED + "[bed.merge]\nthreshold = 1", '1 is not allowed; it takes "default" or a number above 0 below 1'),
    (ONE_BED + "[bed.condition]\nnotch_hz = 55", "bed.0.condition.notch_hz: 55 is no mains frequency"),
    (ONE_BED + "[bed.condition]\nbandpass_hz = [50, 1]", "bandpass_hz: 50 is not below 1; give the low edge first"),
    (ONE_BED + "[bed.condition.montage]\nleft = []", 'group "left" has no derivations; give it as many as'),
    (ONE_BED + f"[bed.condition.montage]\nleft = {[*FIVE[:4], 'Fp1']}", '"Fp1" in group "left" is no derivation'),
    (ONE_BED + "[bed.condition]\nmontage = {}", "a table of groups needs at least one group"),
    (ONE_BED + "[frame]\nhop_ms = 1\n[web]\nport = 0\n[metrics]\nport = 0", "frame.hop_ms = 1"),
    ("site = 'a'\nbed = ]\n", "config.toml: not valid TOML: Invalid value (at line 2, column 7); mend that line"),
    ("[[bed]]\nid = 'x'\nid = 'y'", "not valid TOML: Cannot overwrite a value (at line 3, the last); mend that line"),
    # Deeper than Python lets tomllib call itself: a RecursionError, which is no error of TOML.
    ("x = " + "[" * 3000, "config.toml: not valid TOML:"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), WRONG)
def test_a_wrong_file_is_one_clear_line(load: Load, text: str, line: str) -> None:
    """The line names file, key, value and what is allowed."""
    with pytest.raises(ConfigError, match=re.escape(line)) as caught:
        load(text)
    assert "\n" not in str(caught.value)
    # 2 is for what only the user can mend: no restart helps.
    assert caught.value.exit_code == 2


def test_several_errors_are_counted(load: Load) -> None:
    """The first is shown in full, the others are counted."""
    with pytest.raises(ConfigError, match=re.escape("(and 2 more)")):
        load(ONE_BED + "[frame]\nhop_ms = 1\n[web]\nport = 0\n[metrics]\nport = 0")


def test_a_wrong_override_is_named_by_where_it_stands(load: Load) -> None:
    """The line begins with the option or the variable that the user has to change."""
    with pytest.raises(ConfigError, match=r"^--set frame\.hop_ms: frame\.hop_ms = 5 is not allowed"):
        load(ONE_BED, "frame.hop_ms=5")
    with pytest.raises(ConfigError, match=r"^environment SPIKEWATCH_FRAME__HOP: frame\.hop is not a key"):
        load(ONE_BED, SPIKEWATCH_FRAME__HOP="5")
    with pytest.raises(ConfigError, match=r'^--set frame\.hop_ms: no "="; write --set key=value'):
        load(ONE_BED, "frame.hop_ms")
    with pytest.raises(ConfigError, match=r"^--set bed\.icu\.id: bed\.icu: no such bed; there are bed-1"):
        load(ONE_BED, "bed.icu.id=x")
    with pytest.raises(ConfigError, match=r"^--set bed\.0\.id\.x: bed\.0\.id holds no such key"):
        load(ONE_BED, "bed.0.id.x=1")


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    """No file, no guess."""
    missing = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match=re.escape(f"{missing}: no such file; name one with --config FILE")):
        load_config(missing, (), {})
    with pytest.raises(ConfigError, match="Is a directory; name a readable file"):
        load_config(tmp_path, (), {})
    missing.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_config(missing, (), {})


def test_a_password_stands_in_the_environment_or_a_file_of_its_own(load: Load, tmp_path: Path) -> None:
    """Never in config.toml or on the command line, and it is never echoed or handed on."""
    remedy = "use publish.password_file, or SPIKEWATCH_PUBLISH__PASSWORD"
    with pytest.raises(ConfigError, match=remedy) as caught:
        load(ONE_BED + "[publish]\npassword = 'hunter2'\n")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError, match=remedy) as caught:
        load(ONE_BED, "publish.password=hunter2")
    assert "hunter2" not in str(caught.value)

    from_environment = load(ONE_BED, SPIKEWATCH_PUBLISH__PASSWORD="0042")
    assert from_environment.publish.secret() == "0042"
    for shown in (repr(from_environment), from_environment.model_dump_json(), to_toml(from_environment)):
        assert "0042" not in shown

    # Editors end a file with a line break, which is no part of the password.
    (tmp_path / "password").write_text("hunter2\n", encoding="utf-8")
    assert load(ONE_BED, "publish.password_file=password").publish.secret() == "hunter2"
    with pytest.raises(ConfigError, match=r'publish\.password_file = "none" cannot be read'):
        load(ONE_BED, "publish.password_file=none").publish.secret()


@pytest.mark.parametrize("section", ["metrics", "web"])
# A name but localhost counts as remote: where it leads is for others to say, and may change.
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "ward-pc"])
def test_other_machines_are_let_in_only_on_purpose(load: Load, section: str, host: str) -> None:
    """An address that others reach needs allow_remote = true beside it."""
    with pytest.raises(ConfigError, match=f'{section}: host "{host}" lets other machines in'):
        load(ONE_BED, f"{section}.host={host}")
    opened = load(ONE_BED, f"{section}.host={host}", f"{section}.allow_remote=true")
    assert getattr(opened, section).host == host


# Debian gives the host's own name the address 127.0.1.1.
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "::1", "localhost"])
def test_this_machine_needs_no_permission(load: Load, host: str) -> None:
    """Loopback addresses of either family are fine."""
    assert load(ONE_BED, f"web.host={host}").web.host == host


def test_origins_name_the_place_of_every_value(tmp_path: Path) -> None:
    """The file, the variable, the option, or the default."""
    path = tmp_path / "config.toml"
    path.write_text(ONE_BED, encoding="utf-8")
    # HOME is in every environment and is no setting: it must be no error.
    found = origins(path, ["bed.bed-1.acquire.name=x"], {"SPIKEWATCH_WEB__PORT": "8081", "HOME": "/"})
    assert found["bed.0.id"] == str(path)
    assert found["bed.0.acquire.name"] == "--set bed.bed-1.acquire.name"
    assert found["web.port"] == "environment SPIKEWATCH_WEB__PORT"
    assert found["frame.hop_ms"] == "default"


def test_a_written_configuration_reads_back_equal(load: Load) -> None:
    """Names with quotes, spaces and accents, two beds and a montage of one's own survive."""
    beds: list[dict[str, Any]] = [
        {"id": "a", "acquire": {"name": 'é "1" \\ \t'}, "condition": {"montage": {"left front": FIVE}}},
        {"id": "b", "condition": {"notch_hz": 50, "bandpass_hz": [0.5, 40]}, "merge": {"threshold": 0.25}},
    ]
    written = Config.model_validate({"bed": beds, "frame": {"hop_ms": 62.5}})
    assert load(to_toml(written, {"frame.hop_ms": "default"})) == written


def test_a_child_process_gets_the_same_configuration(load: Load) -> None:
    """JSON, as the parent hands it on, reads back equal."""
    sent = load(ONE_BED, "bed.0.condition.notch_hz=60", f"bed.0.condition.montage={{ left = {FIVE} }}")
    assert Config.model_validate_json(sent.model_dump_json()) == sent
    assert Config.model_validate(sent.model_dump(mode="json")) == sent


def test_the_schema_names_every_section_and_forbids_others() -> None:
    """An editor can check config.toml with it."""
    schema = config_schema()
    assert list(schema["properties"]) == [
        "site", "bed", "frame", "infer", "watch", "publish", "review", "journal", "metrics", "web", "log",
    ]  # fmt: skip
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Frame"]["properties"]["hop_ms"]["maximum"] == 1000


@given(st.text(), st.text())
def test_no_override_breaks_but_with_a_config_error(name: str, text: str) -> None:
    """Whatever is typed after --set is taken or refused, never anything else."""
    with suppress(ConfigError):
        assert isinstance(load_config(SHIPPED, [f"{name}={text}"], {}), Config)
