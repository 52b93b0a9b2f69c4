"""The files of the page, as they stand in the package."""

from pathlib import Path

from starlette.responses import Response

FOLDER = Path(__file__).parent / "webpage"
FILES = {
    "/": ("index.html", "text/html"),
    "/login.html": ("login.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/bed.js": ("bed.js", "text/javascript"),
    "/state.js": ("state.js", "text/javascript"),
    "/text.js": ("text.js", "text/javascript"),
    "/gain.js": ("gain.js", "text/javascript"),
    "/hatch.js": ("hatch.js", "text/javascript"),
    "/layer.js": ("layer.js", "text/javascript"),
    "/marks.js": ("marks.js", "text/javascript"),
    "/numbers.js": ("numbers.js", "text/javascript"),
    "/traces.js": ("traces.js", "text/javascript"),
    "/scope.js": ("scope.js", "text/javascript"),
    "/night.js": ("night.js", "text/javascript"),
    "/review.js": ("review.js", "text/javascript"),
    "/focus.js": ("focus.js", "text/javascript"),
    "/review.css": ("review.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def constant(name: str, media_type: str) -> Response:
    """Return one of the files as an answer, read once; the same answer may be given any number of times."""
    return Response((FOLDER / name).read_bytes(), media_type=media_type)
