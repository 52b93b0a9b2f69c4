"""Commands that report what this host has: the streams it sees, its health, its models."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from models.networks.contract import NetworkRecord

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def models(*, as_json: AsJson = False) -> None:
    """List the models that are shipped, their files verified."""
    from models.networks import registry
    from models.zoo import store

    # Loaded, not only read: so a listed model is one whose weights match their sha256.
    manifests = [store.load(name).manifest for name in store.names()]
    if as_json:
        for manifest in manifests:
            print_json(asdict(manifest))
        return
    rows = [
        (found.name, found.task, found.architecture, _seen_by(registry.RECORDS[found.architecture]),
         str(found.channels), ", ".join(found.montages), f"{found.rate_hz:g}", found.date, found.sha256[:12])
        for found in manifests
    ]  # fmt: skip
    print_table(("name", "task", "architecture", "sees", "rows", "montages", "rate Hz", "date", "sha256"), rows)


def _seen_by(record: "NetworkRecord") -> str:
    """Name what a network takes at a time."""
    return "hops" if record.streaming else "windows" if record.task == "ied" else "epochs"


def streams(*, as_json: AsJson = False) -> None:
    """List the LSL streams that this machine can see."""
    from stream.acquire import lsl as acquire

    found = acquire.streams()
    if as_json:
        for source in found:
            print_json(asdict(source))
        return
    rows = [
        (source.name, source.type, source.source_id, source.hostname, f"{source.rate_hz:g}", len(source.labels))
        for source in found
    ]
    print_table(("name", "type", "source_id", "hostname", "rate Hz", "channels"), rows)


def doctor(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    as_json: AsJson = False,
) -> None:
    """Check this machine, with what to do about what is wrong."""
    from stream.doctor.checks import run_checks

    checks = run_checks(load(config_file, overrides))
    failed = any(check.verdict == "fail" for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        rows = [(check.verdict, check.name, check.found, check.remedy) for check in checks]
        print_table(("", "check", "found", "what to do"), rows, [COLOURS[check.verdict] for check in checks])
    # A warning does not fail: a script that waits for a healthy host would wait for an amplifier to be switched on.
    raise typer.Exit(int(failed))
