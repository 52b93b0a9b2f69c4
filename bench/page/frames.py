"""How long a browser takes for a frame of traces, and what comes to it over the network."""

from typing import Any, Final

import numpy as np

SCREEN: Final = {"width": 1920, "height": 1080}
SETTLE_S: Final = 3.0
ROWS_OF: Final = "referential"
"""Each channel is a row of it."""
# Beside the page, before its own scripts: the time in each script of a frame, from each frame to the next, and bytes.
WATCH: Final = """(() => {
    const seen = (window.seen = { scripts: [], frames: [], bytes: 0, messages: 0, from: performance.now() });
    const plain = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => plain((at) => {
        const began = performance.now();
        draw(at);
        seen.scripts.push(performance.now() - began);
    });
    let last = 0;
    const tick = (at) => {
        if (last) seen.frames.push(at - last);
        last = at;
        plain(tick);
    };
    plain(tick);
    const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    Object.defineProperty(WebSocket.prototype, "onmessage", {
        set(take) {
            own.set.call(this, (message) => {
                seen.messages++;
                seen.bytes += message.data.byteLength || message.data.length;
                take(message);
            });
        },
    });
})()"""
RESTART: Final = "Object.assign(seen, { scripts: [], frames: [], bytes: 0, from: performance.now() })"
READ: Final = "({ ...seen, seconds: (performance.now() - seen.from) / 1000 })"


def measured(browser: Any, address: str, channels: int, seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """Look at a bed for so long in the montage of one row a channel; return the figures."""
    page = browser.new_page(viewport=SCREEN)
    page.add_init_script(WATCH)
    page.goto(address)
    settings = page.locator("[data-field=settings]:visible")
    settings.filter(has_text="mm/s").wait_for(timeout=60_000)
    while ROWS_OF not in settings.inner_text():
        page.keyboard.press("m")
        page.wait_for_timeout(500)
    page.wait_for_timeout(1000 * SETTLE_S)
    page.evaluate(RESTART)
    page.wait_for_timeout(1000 * seconds)
    seen = page.evaluate(READ)
    shown_s = page.evaluate("(document.querySelector('canvas').clientWidth - 76) / (30 * 96 / 25.4)")
    page.close()
    return {
        "channels": channels,
        "shown_s": round(shown_s, 1),
        "drawn_per_s": round(len(seen["scripts"]) / seen["seconds"], 1),
        "frame_ms": spread(seen["frames"]),
        "script_ms": spread(seen["scripts"]),
        "bytes_per_s": round(seen["bytes"] / seen["seconds"]),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Return the quantiles of some times."""
    return {f"p{percent}": round(float(np.percentile(values, percent)), 2) for percent in (50, 95, 99)}
