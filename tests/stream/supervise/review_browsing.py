"""What tests of the reviewer's page do in its browser, and what they have the server say."""

from typing import Any

from tests.stream.supervise.review_site import ReviewSite


def begin(page: Any, reviewer: str = "ann") -> None:  # noqa: ANN401
    """Wait for the cards, and write a name."""
    page.locator(".focus").nth(2).wait_for(timeout=20_000)
    assert page.locator(".focus").count() == 3
    page.fill("[data-field=reviewer]", reviewer)
    page.keyboard.press("Enter")


def said(site: ReviewSite) -> list[tuple[str, str, str, str]]:
    """Return what stands in the journal: who, verdict, what it covers, label."""
    return [(one["reviewer"], one["verdict"], one["covers"], one["label"]) for one in site.reviews()]


def with_rest(route: Any) -> None:  # noqa: ANN401
    """Have the two smaller of three clusters share a card."""
    answer = route.fetch()
    found = answer.json()
    if "whole=0" in route.request.url:
        first, one, other = found["cards"]
        summed = {key: one[key] + other[key] for key in ("count", "not_called")}
        names = {"cluster": f"{one['cluster']} {other['cluster']}", "averaged": 0}
        found["cards"] = [first, one | summed | names | {"newest_seq": max(one["newest_seq"], other["newest_seq"])}]
    route.fulfill(response=answer, json=found)


def five_leads(route: Any) -> None:  # noqa: ANN401
    """Have five channels peak first on the first card."""
    answer = route.fetch()
    found = answer.json()
    shares = {"C3-P3": 0.5, "T7-P7": 0.2, "F7-T7": 0.15, "": 0.1, "Fz-Cz": 0.05}
    found["cards"][0]["leads"] = [
        {"channel": name, "share": share, "low": share - 0.05, "high": share + 0.05} for name, share in shares.items()
    ]
    route.fulfill(response=answer, json=found)


def rows_of_stages(page: Any) -> int:  # noqa: ANN401
    """Return in how many rows of pixels the first third of the night's strip has something of a stage."""
    rows: int = page.evaluate("""() => {
        const canvas = document.querySelector('[data-field=nightCanvas]');
        const left = 40 * devicePixelRatio;
        const { data } = canvas.getContext('2d').getImageData(left, 0, 1 + 0.35 * canvas.width, canvas.height / 2);
        const found = new Set();
        const width = Math.trunc(1 + 0.35 * canvas.width);
        for (let at = 3; at < data.length; at += 4) if (data[at]) found.add(Math.floor(at / 4 / width));
        return found.size;
    }""")
    return rows
