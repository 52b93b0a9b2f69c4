"""The alarms of one bed, as the detector sees them."""

from stream.detect.bridging import LOST
from stream.detect.journal_gate import JournalGate
from stream.detect.recording import Recording
from stream.detect.stats import IMPLAUSIBLE
from stream.fleet.engine import FleetEngine
from stream.yasa.asking import YasaProcess


class BedAlarms:
    """One bed's alarms.

    `refusal` is why its settings fit no network, `engine` why its engine was replaced, `fleet` the one that it asks,
    `yasa` what stages its sleep. `failed` is why a bed had been given up that is tried again.
    """

    def __init__(
        self, gate: JournalGate, refusal: str, fleet: FleetEngine | None = None, yasa: YasaProcess | None = None
    ) -> None:
        self.engine = self.failed = ""
        self._fleet = fleet
        self._yasa = yasa
        self._gate = gate
        self._refusal = refusal

    def of(self, recording: Recording | None) -> dict[str, str]:
        """Return the alarms that hold, with the reason of each; before a stream comes there is no recording."""
        alarms = _of_recording(recording) if recording else {}
        if self.failed:
            alarms["bed_failed"] = self.failed
        if self._refusal:
            # Reported before a stream comes, because the configuration does not fit.
            alarms["bed_refused"] = self._refusal
        if self.engine:
            alarms["engine_replaced"] = self.engine
        if self._fleet and self._fleet.alarm:
            alarms["fleet_lost"] = self._fleet.alarm
        if self._yasa and self._yasa.alarm:
            alarms["sleep_failed"] = self._yasa.alarm
        if self._gate.reason:
            # Without numbers: a text that changes with every report would be a new status with every one.
            alarms["journal_failed"] = f"{self._gate.reason}; what is found waits in memory"
        return alarms


def _of_recording(recording: Recording) -> dict[str, str]:
    alarms = dict(recording.alarms)
    if recording.changed_at is not None:
        alarms["source_changed"] = (
            "this bed's samples come from another sender than before, which was there at the same time; its events "
            'carry the flag "source_changed" until Spikewatch is restarted, which accepts it'
        )
    if doubts := recording.electrode_doubts:
        alarms["electrodes_doubtful"] = doubts
    if off := recording.electrodes_off:
        alarms["electrodes_lost"] = f"{', '.join(off)}: {LOST}; chains are bridged meanwhile"
    if recording.unit_wrong:
        alarms["implausible_amplitude"] = IMPLAUSIBLE
    return alarms
