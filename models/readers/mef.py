"""Folders of MEF 3 (.mefd) that pymef reads (extra `mef`), in pieces. The only code that knows pymef.

MEF keeps what was recorded, one stretch behind the other, and the time at which each block begins: the gaps follow from
these. MNE-Python 1.13 reads the same folders with pymef, and joins the stretches; so it is not asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import AGAIN, RecordingError
from models.readers import eeg_rate
from models.readers.contract import PIECE_BYTES, Annotation, Opened, Recording
from models.readers.mef_times import Laid, laid
from models.readers.stretches import gaps, pieces
from models.signal.chains import Spec

MISSING: Final = 'is read by pymef, which is not installed; pip install "spikewatch[mef]", or export it as EDF'
ENCRYPTED: Final = "is encrypted, and no password is asked for here; export it without, or as EDF"
NO_SCALE: Final = "its factor is 0 or no number, so that nobody knows what its numbers mean"
NO_SEGMENT: Final = "has no segment that can be read"
SEGMENT: Final = (".tmet", ".tidx", ".tdat")
"""What each segment of a channel holds: what it says of itself, its blocks' places and times, and these."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def open_file(
    path: Path, piece_bytes: int = PIECE_BYTES, montage: Spec = "", aliases: Mapping[str, str] | None = None
) -> Opened:
    """Open a session: the channels of the EEG's rate, in each one's unit.

    `montage` and `aliases` are as `eeg_rate.choose` takes them.

    Raises
    ------
    RecordingError
        if pymef is not installed, the session is encrypted or lacks files, no channel of it has a scale, or its
        channels do not have the same gaps
    """
    _check_segments(path)
    session = _session(path)
    channels: Mapping[str, Any] = session.session_md.get("time_series_channels", {})
    if not channels:
        raise RecordingError("holds no channel of samples; name the folder of the whole session")
    left_out = {name: reason for name in sorted(channels) if (reason := _unusable(channels[name]["section_2"][0]))}
    names = sorted(channels.keys() - left_out.keys())
    if not names:
        raise RecordingError(f"holds no channel that can be used ({_listed(left_out)}); {AGAIN}")
    about = [channels[name]["section_2"][0] for name in names]
    rates_hz = [float(one["sampling_frequency"]) for one in about]
    chosen = eeg_rate.choose(names, [""] * len(names), rates_hz, montage, aliases)
    kept = [names[at] for at in chosen.kept]
    factors = np.array([[float(about[at]["units_conversion_factor"])] for at in chosen.kept])
    times = _same_times(session, kept, chosen.rate_hz)
    stretches, began_us = times.stretches, times.began_us
    head = Recording(
        samples=np.zeros((len(kept), 0), np.float32),
        rate_hz=times.rate_hz,
        labels=tuple(kept),
        units=tuple(about[at]["units_description"].decode("utf-8", "replace").strip(" \0") for at in chosen.kept),
        types=("",) * len(kept),
        annotations=tuple(_annotations(session, began_us)),
        # Times below zero were shifted to hide the date.
        start_utc=(EPOCH + timedelta(microseconds=began_us)).isoformat() if began_us > 0 else "",
        left_out=left_out | chosen.left_out,
        remarks=times.remarks,
        gaps=gaps(stretches),
    )

    def samples(stored: int, end: int) -> NDArray[np.float32]:
        found = session.read_ts_channels_sample(kept, [[stored, end]])
        return np.asarray(np.stack(found) * factors, np.float32)

    last = stretches[-1]
    return Opened(head, last.first + last.count, pieces(samples, stretches, max(1, piece_bytes // (8 * len(kept)))))


def _unusable(about: Mapping[str, Any]) -> str:
    """Return why nothing can be made of a channel, "" where something can."""
    factor = float(about["units_conversion_factor"])
    if float(about["sampling_frequency"]) <= 0:
        return NO_SEGMENT
    return "" if factor and np.isfinite(factor) else NO_SCALE


def _listed(left_out: Mapping[str, str]) -> str:
    reasons = dict.fromkeys(left_out.values())
    return "; ".join(f"{', '.join(name for name in left_out if left_out[name] == why)}: {why}" for why in reasons)


def _session(path: Path) -> Any:  # noqa: ANN401  (pymef has no types)
    try:
        from pymef.mef_session import MefSession  # noqa: PLC0415
    except ImportError:
        raise RecordingError(MISSING) from None
    try:
        return MefSession(str(path), "")
    except RuntimeError as problem:
        if "password" in str(problem).lower():
            raise RecordingError(ENCRYPTED) from None
        raise


def _check_segments(path: Path) -> None:
    """Refuse a session that lacks files of a segment: pymef 1.4 ends the whole process."""
    for segment in sorted(path.glob("*.timd/*.segd")):
        lacking = [
            f"{segment.stem}{ending}" for ending in SEGMENT if not (segment / f"{segment.stem}{ending}").is_file()
        ]
        if lacking:
            raise RecordingError(f"lacks {', '.join(lacking)} in {segment.parent.name}/{segment.name}; {AGAIN}")


def _same_times(session: Any, names: Sequence[str], rate_hz: float) -> Laid:  # noqa: ANN401
    """Return where the blocks of all channels alike stand."""
    first, *others = (laid(session.get_channel_toc(name), rate_hz) for name in names)
    differing = [name for name, other in zip(names[1:], others, strict=True) if other != first]
    if differing:
        raise RecordingError(
            f"has not the same beginning, gaps and end in {names[0]} and {', '.join(differing)}; export it as EDF"
        )
    return first


def _annotations(session: Any, began_us: int) -> Iterator[Annotation]:  # noqa: ANN401
    """Yield the remarks on the session and those on each channel; where there are none, there is no list of them."""
    levels = {None: session.session_md, **session.session_md["time_series_channels"]}
    for channel, level in levels.items():
        if "records_info" in level:
            yield from _remarks(session.read_records(channel), began_us)


def _remarks(records: Sequence[Mapping[str, Any]], began_us: int) -> Iterator[Annotation]:
    for record in records:
        text = str(record.get("text", "")).strip()
        if text:
            onset_s = (abs(int(record["time"])) - abs(began_us)) * 1e-6
            yield Annotation(onset_s, max(0.0, float(record.get("duration", 0)) * 1e-6), text)
