"""Checks of `spikewatch doctor` on this machine: versions, models, GPU, disk, memory, clock, ports and links."""

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from models.errors import ModelError
from models.zoo import store
from stream.config.keys import Config
from stream.doctor.audit import check_audit
from stream.doctor.certificates import check_certificates
from stream.doctor.check import Check
from stream.doctor.links import check_broker, check_ports, check_streams
from stream.doctor.lsl_settings import check_lsl_settings

# Those whose version decides what LSL, MQTT or a network does.
LIBRARIES = ("spikewatch", "torch", "numpy", "scipy", "pylsl", "aiomqtt")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (looked at, never written to)
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
SLOW_CLOCKS = {"hpet", "acpi_pm"}
"""Reading one of these is a system call, and takes microseconds instead of tens of nanoseconds."""

MEGABYTE = 2**20
FULL_DISK_BYTES = 100 * MEGABYTE
LOW_DISK_BYTES = 1024 * MEGABYTE
LARGE_HEADBOX_BYTES_PER_S = 128 * 1024 * 4
"""128 channels at 1024 Hz in float32: what shared memory should have room for, per bed and second of its ring."""

TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronised."""
TIMEX_BYTES = 256
"""More than struct timex takes on any architecture."""


def run_checks(config: Config) -> list[Check]:
    """Make every check; none of them changes anything."""
    checks: tuple[Callable[[Config], Iterator[Check]], ...] = (
        check_versions, check_gpu, check_models, check_disk, check_audit, check_shared_memory, check_clock,
        check_ports, check_certificates, check_broker, check_lsl_settings, check_streams,
    )  # fmt: skip
    return [found for check in checks for found in check(config)]


def check_versions(_config: Config) -> Iterator[Check]:
    """Report what is installed."""
    found = [f"python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Check("versions", "fail", f"{name} is not installed", "run `pip install .` in the project's folder")
    yield Check("versions", "ok", ", ".join(found))


def check_gpu(config: Config) -> Iterator[Check]:
    """Check that the device that the configuration wants is there."""
    if torch.cuda.is_available():
        name, capability = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
        yield Check("gpu", "ok", f"{name}, compute capability {capability[0]}.{capability[1]}")
    elif config.infer.device == "cuda":
        remedy = 'set infer.device = "auto", or install a GPU driver and a CUDA build of torch'
        yield Check("gpu", "fail", 'infer.device = "cuda", and torch sees no CUDA device', remedy)
    else:
        yield Check("gpu", "ok", "none; the CPU does the work")


def check_models(config: Config) -> Iterator[Check]:
    """Load every model that may be used; each load verifies the weights' sha256."""
    # The whole zoo: a damaged installation is found before a bed needs the model.
    own = {bed.infer.detector for bed in config.bed}
    named = {config.infer.detector, config.infer.sleep, *own} - {"auto", "off", "default", "detector"}
    wanted = {*store.names()} | named
    for name in sorted(wanted):
        try:
            manifest = store.load(name).manifest
        except ModelError as error:
            yield Check("model", "fail", str(error), "name another in infer.detector or infer.sleep")
        else:
            yield Check("model", "ok", f"{manifest.name}, sha256 {manifest.sha256[:12]} verified")
    if not wanted:
        yield Check("model", "fail", "none is installed", "install Spikewatch again, or train one")


def check_disk(config: Config) -> Iterator[Check]:
    """Check that the journal can be written, and for how long."""
    path = config.journal.path.absolute()
    # A file that is not there yet is made in its folder, which must then be writable itself.
    place = path if path.exists() else path.parent
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK) and os.access(place, os.W_OK)):
        yield Check("journal", "fail", f"{path} cannot be written", "set journal.path to a file in a writable folder")
        return
    free = shutil.disk_usage(path.parent).free
    there = path.stat().st_size if path.exists() else 0
    # The journal may still grow to its largest size within the days that are kept.
    wanted = max(LOW_DISK_BYTES, config.journal.max_mb * MEGABYTE - there)
    verdict = Check.rate(free, fail_below=FULL_DISK_BYTES, warn_below=wanted)
    remedy = "" if verdict == "ok" else "make room there, lower journal.max_mb, or set journal.path to another disk"
    kept = f"{config.journal.retention_days} days are kept, up to {config.journal.max_mb:,} MB"
    yield Check("journal", verdict, f"{path}, {free / MEGABYTE:,.0f} MB free; {kept}", remedy)


def check_shared_memory(config: Config) -> Iterator[Check]:
    """Check that the sample logs will fit."""
    if not SHARED_MEMORY.is_dir():
        yield Check(
            "memory", "fail", f"there is no {SHARED_MEMORY}", "run Spikewatch on Linux with a tmpfs mounted there"
        )
        return
    # A stream's real size is unknown until it is bound, so the largest usual headbox is assumed.
    needed = sum(bed.acquire.ring_s for bed in config.bed) * LARGE_HEADBOX_BYTES_PER_S
    free = shutil.disk_usage(SHARED_MEMORY).free
    found = f"{SHARED_MEMORY} has {free / MEGABYTE:,.0f} MB free; 128 channels at 1024 Hz need {needed / MEGABYTE:,.0f}"
    if free >= needed:
        yield Check("memory", "ok", found)
    else:
        # Only a warning: most streams are smaller than that.
        yield Check("memory", "warn", found, "enlarge it (docker: --shm-size), or lower bed.N.acquire.ring_s")


def check_clock(_config: Config) -> Iterator[Check]:
    """Check that UTC can be relied on, and that the clock is read fast."""
    source = CLOCK_SOURCE.read_text(encoding="ascii").strip() if CLOCK_SOURCE.is_file() else "unknown"
    if sys.platform == "linux" and not _is_clock_synchronised():
        remedy = "start chrony or systemd-timesyncd; without it only `utc` drifts, not sample numbers"
        yield Check("clock", "warn", f"this machine's clock is not synchronised; source {source}", remedy)
    elif source in SLOW_CLOCKS:
        yield Check("clock", "warn", f"the slow source {source}", "boot with clocksource=tsc where the CPU allows it")
    else:
        yield Check("clock", "ok", f"source {source}")


def _is_clock_synchronised() -> bool:
    """Ask the kernel, changing nothing: a zeroed struct timex is a query."""
    return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))) != TIME_ERROR
