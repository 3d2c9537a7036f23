"""What the wheel holds beside the files of the tree: the figures of the data set."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Figures(BuildHookInterface):
    """Computes `statistics.ttl`, as `kzld catalog` does; an editable install has no need of it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to a wheel that is about to be built."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="kzld-build-")
        file = Path(self._folder.name, "statistics.ttl")
        os.environ["KZLD_CACHE"] = "off"  # a build leaves nothing behind
        sys.path.insert(0, self.root)
        try:
            from kzld.dataset.load import load
            from kzld.dataset.statistics import statistics
            from kzld.rdf.turtle import write

            file.write_text(write(statistics(load(derived=False))), "utf-8")
        finally:
            sys.path.remove(self.root)
        build_data["force_include"][str(file)] = "kzld/package_data/statistics.ttl"

    def finalize(self, *_: Any) -> None:
        """Remove the file when the wheel is there."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
