"""liblsl, loaded for this program: it logs what is wrong and no more, unless a settings file of the user's is there.

By itself it writes a line on stderr for every step that it takes, and into the answers of programs that end at once.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pylsl

__all__ = ["pylsl", "settings_file"]

# In the order in which liblsl looks; the first that can be read is the only one that counts.
PLACES: Final = (Path("lsl_api.cfg"), Path("~/lsl_api/lsl_api.cfg"), Path("/etc/lsl_api/lsl_api.cfg"))
WARNINGS_AND_ERRORS: Final = "[log]\nlevel = -1\n"


def settings_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the settings file that liblsl takes, None where there is none."""
    asked = environment.get("LSLAPICFG", "")
    places = [Path(asked)] if asked else []
    return next((path for path in (*places, *(p.expanduser() for p in PLACES)) if os.access(path, os.R_OK)), None)


# At once: liblsl reads its settings with its first call, and never again. They would take the place of a file's.
if settings_file() is None:
    pylsl.set_config_content(WARNINGS_AND_ERRORS)
