"""How valid input is damaged: bytes, numbers, words, blocks, values; by a seed, so that any can be made again."""

import copy
import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

MOST_DAMAGES: Final = 4
NUMBER: Final = re.compile(rb"[-+]?\d+(?:[.,]\d+)?")
WORD: Final = re.compile(rb"[A-Za-z_][A-Za-z_0-9]+")
NUMBERS: Final = (
    b"0", b"-1", b"1", b"2", b"-0", b"3.5", b"1,5", b"1e308", b"1e999", b"-1e9", b"nan", b"inf", b"-inf", b"1e-320",
    b"0.0001", b"255", b"256", b"32768", b"65536", b"99999999", b"2147483648", b"4294967296", b"9223372036854775808",
    b"18446744073709551616", b"123456789012345678901234567890", b"", b" ", b"0x10", b"1_000", b"\xd9\xa3", b"+", b"x",
)  # fmt: skip
"""What stands where a number should: limits of their types, other spellings, and none."""
WORDS: Final = (
    b"", b"EEG", b"Fp1", b"T3-T5", b"NaN", b"null", b"true", b"[]", b"{}", b"\x00", b"\xff\xfe", b"\xf6", b"'", b'"',
    b"<a>", b"&amp;", b"]]>", b"../../etc/passwd", b"\xe2\x80\xae", b"\xed\xa0\x80", b"A" * 300, b"%s%n", b"\n",
    b"\x14", b"\x15", b"string", b"EDF Annotations", b"\xc2\xb5V", b"uV", b"float32",
)  # fmt: skip
"""What stands where a word should."""
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2, 3, 1.5, -1e9, 1e308, 10**6, 10**18, 10**30, float("nan"), float("inf"), "", "x",
    "A" * 300, "\ud800", "\x1b[31m", [], {}, [None], [[]], ["x"], {"x": 1}, [1, 2], ["1", "2"],
)  # fmt: skip
"""What stands where a value of JSON should."""
WIDTHS: Final = (1, 2, 4, 8)
FIELD_BYTES: Final = 8
"""Fields of an EDF header are as wide, or a multiple of it."""

Damage = Callable[[random.Random, bytearray], None]


def damaged(draw: random.Random, content: bytes, most: int = MOST_DAMAGES) -> bytes:
    """Return content with one to `most` damages."""
    out = bytearray(content)
    for _ in range(draw.randint(1, most)):
        if out:
            draw.choice(DAMAGES)(draw, out)
    return bytes(out)


def damaged_json(draw: random.Random, content: bytes) -> bytes:
    """Return JSON in which one to three values are others, are gone, or are deeper; else damaged bytes."""
    if draw.random() < 0.3:
        return damaged(draw, content)
    value = json.loads(content)
    for _ in range(draw.randint(1, 3)):
        value = _other(draw, value)
    return json.dumps(value).encode()


def _other(draw: random.Random, value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if not isinstance(value, dict | list) or not value or draw.random() < 0.1:
        # A copy: what is put in here may itself be changed later, and must not hold itself, nor change the next input.
        return copy.deepcopy(draw.choice((*VALUES, value, [value], {"x": value})))
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = draw.choice(keys)
    kind = draw.random()
    if kind < 0.1:
        del value[key]
    elif kind < 0.15 and isinstance(value, dict):
        value[draw.choice(("", "x", "auto", str(key).upper()))] = value.pop(key)
    else:
        value[key] = _other(draw, value[key])
    return value


def _place(draw: random.Random, out: bytearray) -> int:
    # Headers stand in front and decide about the rest.
    return draw.randrange(min(len(out), draw.choice((64, 512, 4096, len(out)))))


def _flip(draw: random.Random, out: bytearray) -> None:
    for _ in range(draw.choice((1, 1, 1, 8))):
        out[_place(draw, out)] ^= 1 << draw.randrange(8)


def _overwrite_number(draw: random.Random, out: bytearray) -> None:
    """Write a limit of some integer type, little or big end first."""
    width, at = draw.choice(WIDTHS), _place(draw, out)
    value = draw.choice((0, 1, (1 << (8 * width - 1)) - 1, 1 << (8 * width - 1), (1 << (8 * width)) - 1, len(out)))
    written = (value % (1 << (8 * width))).to_bytes(width, draw.choice(("little", "big")))
    out[at : at + width] = written[: len(out) - at]


def _replace_number(draw: random.Random, out: bytearray) -> None:
    _replace(draw, out, NUMBER, NUMBERS)


def _replace_word(draw: random.Random, out: bytearray) -> None:
    _replace(draw, out, WORD, WORDS)


def _replace(draw: random.Random, out: bytearray, pattern: re.Pattern[bytes], values: Sequence[bytes]) -> None:
    start = _place(draw, out)
    found = pattern.search(out, start) or pattern.search(out)
    if found is None:
        return
    first, end = found.span()
    value = draw.choice(values)
    # Half of the time the width is kept: fields that move make everything behind them something else.
    out[first:end] = value.ljust(end - first)[: end - first] if draw.random() < 0.5 else value


def _fill_field(draw: random.Random, out: bytearray) -> None:
    """Write a number or a word over a field of a header whose fields stand at multiples of their width."""
    at = _place(draw, out) // FIELD_BYTES * FIELD_BYTES
    written = draw.choice((*NUMBERS, *WORDS))[:FIELD_BYTES].ljust(FIELD_BYTES)
    out[at : at + FIELD_BYTES] = written[: len(out) - at]


def _remove(draw: random.Random, out: bytearray) -> None:
    at = _place(draw, out)
    del out[at : at + draw.choice((1, 2, 8, 256, len(out) // 3))]


def _cut(draw: random.Random, out: bytearray) -> None:
    del out[draw.randrange(len(out)) :]


def _double(draw: random.Random, out: bytearray) -> None:
    at, size = _place(draw, out), draw.choice((1, 8, 64, 256, 2048))
    out[at:at] = out[at : at + size]


def _swap(draw: random.Random, out: bytearray) -> None:
    first, other, size = _place(draw, out), _place(draw, out), draw.choice((8, 80, 256))
    one, two = out[first : first + size], out[other : other + size]
    if abs(first - other) >= size:
        out[first : first + size], out[other : other + size] = two, one


def _insert(draw: random.Random, out: bytearray) -> None:
    at = _place(draw, out)
    out[at:at] = draw.choice((*NUMBERS, *WORDS, draw.randbytes(16)))


def _swap_lines(draw: random.Random, out: bytearray) -> None:
    lines = bytes(out).split(b"\n")
    one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    out[:] = b"\n".join(lines)


DAMAGES: Final[tuple[Damage, ...]] = (
    _flip, _overwrite_number, _replace_number, _replace_number, _replace_word, _fill_field, _fill_field, _remove, _cut,
    _double, _swap, _insert, _swap_lines,
)  # fmt: skip
