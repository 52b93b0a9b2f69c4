"""Reports of processes that are well, for tests to vary."""

from typing import Final

from stream.schema.reports import AcquireReport, DetectReport, ReadyReport

STREAMING: Final = AcquireReport(
    bed="bed-1", state="streaming", reason="", stream="amp", rate_hz=256.0, measured_rate_hz=256.0, samples=1000,
    missing=0, reconnects=0, newest_arrival_s=1000.0, clock_offset_s=0.0,
)  # fmt: skip
# 12 pending are less than one hop (125 ms, 32 samples): this detector keeps up.
ANALYSING: Final = DetectReport(
    bed="bed-1", latency_s={}, windows={}, samples={"analysed": 256}, detections={}, budget_misses=0, pending=12,
    stage="N2", alarms={}, scored_s={"left": 1000.0, "right": 1000.0}, groups={}, channels={},
)  # fmt: skip
READY: Final = ReadyReport(
    bed="bed-1", recording=3, engine="cpu", detector={"name": "sc", "sha256": "ab"}, sleep={}, channels=["Fp1"],
    groups={"left": ["Fp1-F7"], "right": ["Fp2-F8"]}, left_out={}, threshold=0.5, rate_hz=256.0, model_rate_hz=128.0,
    window_s=1.5, hop_s=0.125, settle_s=1.7, delay_ms={"bandpass": 20.0},
)  # fmt: skip
