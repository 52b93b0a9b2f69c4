"""The live page: what it answers, and how it begins and ends."""

import asyncio
import json
import math
import signal
from pathlib import Path
from typing import Any

import pytest

from stream.errors import ConfigError
from stream.supervise.page import Page
from tests.stream.supervise.served_page import Served, configured, get


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page.css", "text/css"), ("/review.css", "text/css"), ("/icon.svg", "image/svg+xml")]
    + [
        (f"/{name}.js", "text/javascript")
        for name in (
            "page", "bed", "text", "traces", "marks", "gain", "hatch", "layer", "scope", "night", "review", "focus",
        )
    ],
)  # fmt: skip
async def test_the_page_and_its_files_are_served_whole(served: Served, path: str, kind: str) -> None:
    """Each file comes as it stands in the package, under its own type."""
    async with served() as port:
        status, headers, text = await get(port, path)
    file = Path(__file__).parents[3] / "stream" / "supervise" / "webpage" / (path.strip("/") or "index.html")
    assert (status, headers["content-type"].partition(";")[0], text) == (200, kind, file.read_text())


async def test_the_state_is_the_snapshot_of_the_moment(served: Served, state: dict[str, Any]) -> None:
    """Nothing is kept from one answer to the next."""
    async with served() as port:
        first = json.loads((await get(port, "/state.json"))[2])
        state["mqtt"]["outbox"] = 7
        second = json.loads((await get(port, "/state.json"))[2])
    assert first["mqtt"] == {"connected": True, "outbox": 0}
    assert second == state


async def test_the_events_of_one_bed_are_sent_where_one_is_named(served: Served, state: dict[str, Any]) -> None:
    """They are most of the state, and the page shows those of the bed that is open; everything else is there."""
    for bed in state["beds"].values():
        bed["events"] = [{"id": "e"}]
    async with served() as port:
        one, none = [json.loads((await get(port, f"/state.json?events={bed}"))[2]) for bed in ("bed-2", "")]
    assert [bed.get("events") for bed in one["beds"].values()] == [None, [{"id": "e"}]]
    assert [bed.pop("events", None) for bed in none["beds"].values()] == [None, None]
    for bed in state["beds"].values():
        del bed["events"]
    assert none == state


async def test_an_infinite_age_is_written_as_json_knows_it(served: Served, state: dict[str, Any]) -> None:
    """A bed from which nothing has come has no age; `Infinity` would break the page."""
    state["beds"]["bed-1"]["data_age_s"] = math.inf
    async with served() as port:
        _, _, text = await get(port, "/state.json")
    assert "Infinity" not in text
    assert json.loads(text)["beds"]["bed-1"]["data_age_s"] is None


async def test_detecting_is_answered_only_while_every_bed_is_watched(served: Served, state: dict[str, Any]) -> None:
    """One blind bed is enough for 503, and its reason stands on one line; the process is up all the same."""
    async with served() as port:
        assert (await get(port, "/-/detecting"))[::2] == (200, "detecting\n")
        state["beds"]["bed-2"] |= {"detecting": False, "reason": "no samples\nfor 3 s"}
        assert (await get(port, "/-/detecting"))[::2] == (503, "bed-2: no samples\\nfor 3 s\n")
        assert (await get(port, "/-/healthy"))[::2] == (200, "up\n")
        state["beds"].clear()
        assert (await get(port, "/-/detecting"))[::2] == (503, "no bed is watched\n")


async def test_a_page_without_requests_sets_no_timer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets no timer that would be over soon; the one of an idle visitor takes seconds."""
    loop, waits_s = asyncio.get_running_loop(), list[float]()
    plain = loop.call_at

    def call_at(when: float, *given: Any, **more: Any) -> asyncio.TimerHandle:  # noqa: ANN401
        waits_s.append(when - loop.time())
        return plain(when, *given, **more)

    monkeypatch.setattr(loop, "call_at", call_at)
    async with served() as port:
        await get(port, "/")
        # uvicorn's own loop would set one of 0.1 s; that of an idle visitor is 5 s.
        assert [wait_s for wait_s in waits_s if wait_s < 1.0] == []


async def test_the_page_can_only_be_read(served: Served) -> None:
    """Nothing here takes a command."""
    async with served() as port:
        assert [(await get(port, "/state.json", method=method))[0] for method in ("POST", "PUT", "DELETE")] == [405] * 3


async def test_a_taken_port_is_one_clear_line_before_anything_starts(served: Served, state: dict[str, Any]) -> None:
    """A user who starts a second Spikewatch learns which key to set."""
    async with served() as port:
        with pytest.raises(ConfigError) as caught:
            Page(configured(port), lambda: state)
    assert str(caught.value) == (
        f'web.port = {port}: no page can be served at "127.0.0.1:{port}" (Address already in use); '
        "set web.port to a free one"
    )


async def test_the_port_is_free_again_after_stop_and_after_cancel(free_port: int, state: dict[str, Any]) -> None:
    """A page that has ended, by request or not, can be started anew at once, also one that never ran."""
    unused = Page(configured(free_port), lambda: state)
    await unused.stop()
    await unused.run()
    cancelled = Page(configured(free_port), lambda: state)
    running = asyncio.create_task(cancelled.run())
    assert (await get(free_port, "/-/healthy"))[0] == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await Page(configured(free_port), lambda: state).stop()


async def test_the_processs_own_signal_handlers_stay(served: Served) -> None:
    """The parent decides what an interrupt means."""
    before = [signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)]
    async with served() as port:
        assert (await get(port, "/-/healthy"))[0] == 200
        assert [signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)] == before


async def test_no_bed_is_404(served: Served) -> None:
    """A bed that is not configured is named as such."""
    async with served() as port:
        for path in ("/beds/other/traces", "/beds/other/night.json"):
            assert (await get(port, path))[::2] == (404, "404: no such bed is configured\n")
