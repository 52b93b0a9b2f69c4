"""Commands that report what this host has: the streams it sees, its health."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

from dataclasses import asdict

import typer

from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load
from stream.terminal import print_json, print_table

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def streams(*, as_json: AsJson = False) -> None:
    """List the LSL streams that this machine can see."""
    from stream.acquire import lsl as acquire
    from stream.acquire.identity import NONE_VISIBLE

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
    if not rows:
        typer.echo(f"{NONE_VISIBLE}; spikewatch doctor tries whether this machine sees a stream of its own", err=True)


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
