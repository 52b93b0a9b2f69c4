"""Small recordings of every kind, 4 s of the same noise, written by the libraries of their formats or byte by byte."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import edfio
import numpy as np
import scipy.io

NOISE = np.random.default_rng(0).normal(size=(3, 1000)).astype(np.float32)


def write_edf(path: Path) -> Path:
    """Write 4 s: two EEG signals of 250 Hz, one ECG of 50 Hz, one annotation."""
    signals = [
        edfio.EdfSignal(NOISE[row].astype(float), 250, label=label, physical_dimension="uV")
        for row, label in enumerate(("EEG Fp1-REF", "EEG T3-REF"))
    ]
    # At another rate, as polygraphs export it.
    slow = edfio.EdfSignal(NOISE[2, :200].astype(float), 50, label="ECG ECG", physical_dimension="mV")
    notes = [edfio.EdfAnnotation(1.5, None, "eyes closed")]
    edfio.Edf([*signals, slow], annotations=notes, data_record_duration=1).write(path)
    return path


def write_bdf(path: Path) -> Path:
    """Write 4 s of one signal with 24 bits."""
    edfio.Bdf([edfio.BdfSignal(NOISE[0].astype(float), 250, label="Cz", physical_dimension="uV")]).write(path)
    return path


def write_npz(path: Path) -> Path:
    """Write what the acceptance player reads."""
    np.savez(path, x=NOISE, fs=250.0, labels=["LA1", "LA2", "LA3"])
    return path


def write_mat(path: Path) -> Path:
    """Write samples by channels, with their rate."""
    scipy.io.savemat(path, {"data": NOISE.T.astype(float), "samplingfrequency": 250.0})
    return path


def xdf_chunk(tag: int, content: bytes) -> bytes:
    """Return one chunk: length, tag, content."""
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def xdf_stream(
    number: int, kind: str, labels: Sequence[str], rate_hz: int, pause_s: float = 0.0, *, empty: bool = False
) -> bytes:
    """Return the chunks of 4 s of one stream, pausing in the middle, or of one that never sent a sample."""
    channels = "".join(f"<channel><label>{label}</label><unit>microvolts</unit></channel>" for label in labels)
    header = (
        f"<info><name>amp{number}</name><type>{kind}</type><channel_count>{len(labels)}</channel_count>"
        f"<nominal_srate>{rate_hz}</nominal_srate><channel_format>float32</channel_format>"
        f"<source_id>id-{number}</source_id>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )
    stream, half = struct.pack("<I", number), 2 * rate_hz
    # Two chunks of 2 s, since a pause can only be between two stamps.
    chunks = [xdf_chunk(2, stream + header.encode())]
    for start in () if empty else (0, half):
        stamps_s = 10.0 + np.arange(start, start + half) / rate_hz + (pause_s if start else 0.0)
        values = NOISE[: len(labels), (start + np.arange(half)) % NOISE.shape[1]].T
        rows = [
            b"\x08" + struct.pack(f"<d{len(labels)}f", stamp, *row)
            for stamp, row in zip(stamps_s.tolist(), values, strict=True)
        ]
        chunks.append(xdf_chunk(3, stream + b"\x04" + struct.pack("<I", half) + b"".join(rows)))
    footer = f"<info><first_timestamp>10</first_timestamp><sample_count>{2 * half}</sample_count></info>"
    return b"".join([*chunks, xdf_chunk(6, stream + footer.encode())])


def write_streams(path: Path, *streams: bytes) -> Path:
    """Write an XDF file of these streams."""
    start = xdf_chunk(1, b"<info><version>1.0</version><datetime>2026-01-02T03:04:05+0100</datetime></info>")
    path.write_bytes(b"XDF:" + start + b"".join(streams))
    return path


def write_xdf(path: Path, pause_s: float = 0.0, kind: str = "EEG") -> Path:
    """Write 4 s of 3 channels at 250 Hz, pausing in the middle."""
    return write_streams(path, xdf_stream(1, kind, ["LA1", "LA2", "LA3"], 250, pause_s))


WRITERS: dict[str, Callable[[Path], Path]] = {
    "a.edf": write_edf,
    "a.bdf": write_bdf,
    "a.npz": write_npz,
    "a.mat": write_mat,
    "a.xdf": write_xdf,
}
