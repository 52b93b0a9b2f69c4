"""Valid input of every kind, small: what is damaged afterwards."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any, Final

import edfio
import numpy as np
import scipy.io
from numpy.typing import NDArray

ELECTRODES: Final = ("Fp1", "F7", "T3", "T5", "O1", "Fp2", "F8", "T4")
RATE_HZ: Final = 128
SECONDS: Final = 20


def signal() -> NDArray[np.float64]:
    """Return (channels, n) microvolts."""
    return np.random.default_rng(0).normal(0.0, 20.0, (len(ELECTRODES), SECONDS * RATE_HZ))


def edf() -> bytes:
    """Return an EDF+ of electrodes, a slower ECG and some annotations."""
    rows = signal()
    signals = [
        edfio.EdfSignal(row, RATE_HZ, label=f"EEG {name}-REF", physical_dimension="uV")
        for row, name in zip(rows, ELECTRODES, strict=True)
    ]
    slow = edfio.EdfSignal(rows[0, : SECONDS * 32], 32, label="ECG ECG", physical_dimension="mV")
    out = io.BytesIO()
    edfio.Edf([*signals, slow], annotations=_notes(), data_record_duration=1).write(out)
    return out.getvalue()


def bdf() -> bytes:
    """Return a BDF+ of electrodes and some annotations."""
    signals = [
        edfio.BdfSignal(row, RATE_HZ, label=name, physical_dimension="uV")
        for row, name in zip(signal(), ELECTRODES, strict=True)
    ]
    out = io.BytesIO()
    edfio.Bdf(signals, annotations=_notes(), data_record_duration=1).write(out)
    return out.getvalue()


def _notes() -> list[edfio.EdfAnnotation]:
    texts = ((1.5, "eyes closed"), (4.0, "IED F7"), (9.0, "spike"))
    return [edfio.EdfAnnotation(at_s, 0.1, text) for at_s, text in texts]


def bare_edf() -> bytes:
    """Return an EDF without annotations, whose header alone says when everything was."""
    out = io.BytesIO()
    signals = [
        edfio.EdfSignal(row, RATE_HZ, label=name, physical_dimension="uV")
        for row, name in zip(signal(), ELECTRODES, strict=True)
    ]
    edfio.Edf(signals, data_record_duration=2).write(out)
    return out.getvalue()


def xdf_chunk(tag: int, content: bytes) -> bytes:
    """Return one chunk: length, tag, content."""
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def xdf_info(kind: str, labels: Sequence[str], rate_hz: float, channel_format: str = "float32") -> str:
    """Return what a sender says of its stream."""
    channels = "".join(
        f"<channel><label>{label}</label><unit>microvolts</unit><type>EEG</type></channel>" for label in labels
    )
    return (
        f"<info><name>amp</name><type>{kind}</type><channel_count>{len(labels)}</channel_count>"
        f"<nominal_srate>{rate_hz}</nominal_srate><channel_format>{channel_format}</channel_format>"
        "<source_id>id-1</source_id><version>1.1</version><created_at>100.0</created_at><uid>u1</uid>"
        "<session_id>default</session_id><hostname>bedside</hostname>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )


def xdf(pause_s: float = 0.0) -> bytes:
    """Return an XDF of one EEG stream in chunks of 2 s, one of markers, and clock offsets."""
    values = signal().astype(np.float32)
    parts = [b"XDF:", xdf_chunk(1, b"<info><version>1.0</version><datetime>2026-01-02T03:04:05+0100</datetime></info>")]
    parts.append(xdf_chunk(2, struct.pack("<I", 1) + xdf_info("EEG", ELECTRODES, RATE_HZ).encode()))
    parts.append(xdf_chunk(2, struct.pack("<I", 2) + xdf_info("Markers", ["m"], 0, "string").encode()))
    step = 2 * RATE_HZ
    for first in range(0, 3 * step, step):
        shift_s = pause_s if first else 0.0
        rows = [
            b"\x08" + struct.pack(f"<d{len(values)}f", 100 + shift_s + n / RATE_HZ, *values[:, n])
            for n in range(first, first + step)
        ]
        parts.append(xdf_chunk(3, struct.pack("<IBI", 1, 4, step) + b"".join(rows)))
        parts.append(xdf_chunk(4, struct.pack("<Idd", 1, 100 + first / RATE_HZ, -3.0)))
        parts.append(xdf_chunk(3, struct.pack("<IBIBd", 2, 4, 1, 8, 100 + first / RATE_HZ) + b"\x01\x05spike"))
    for number, count in ((1, 3 * step), (2, 3)):
        footer = f"<info><first_timestamp>100</first_timestamp><sample_count>{count}</sample_count></info>"
        parts.append(xdf_chunk(6, struct.pack("<I", number) + footer.encode()))
    return b"".join(parts)


def npz() -> dict[str, bytes]:
    """Return the members of an .npz: each array as numpy writes it."""
    arrays = {"x": signal().astype(np.float32), "fs": np.array(RATE_HZ), "labels": np.array(ELECTRODES)}
    return {f"{name}.npy": _npy(array) for name, array in (*arrays.items(), ("units", np.array(["uV"])))}


def _npy(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive, as .npz is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def mat(*, compressed: bool = False) -> bytes:
    """Return what MATLAB saves: a channel in each column, a rate, and labels."""
    out = io.BytesIO()
    found = {
        "data": signal()[:, :1280].T,
        "samplingfrequency": float(RATE_HZ),
        "labels": np.array(ELECTRODES, object),
        "units": "uV",
    }
    scipy.io.savemat(out, found, do_compression=compressed)  # type: ignore[arg-type]
    return out.getvalue()
