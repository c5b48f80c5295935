"""Tests an engine that was built, and lets the app use it from then on. Run by the project's Python: FOLDER BACKEND."""

import sys
from pathlib import Path

from desktop_app.domain.sizes import readable_size
from desktop_app.services.doctor import self_test
from desktop_app.services.hardware.builds import EngineBuilds, list_devices
from desktop_app.support.paths import Paths


def main(folder: Path, backend: str) -> int:
    """Look at its devices, load the starter model with it, then choose it; returns 1 where it is no good."""
    paths = Paths.for_user()
    found, error = list_devices(str(folder))
    if found is None:
        return _refuse(f"it could not be started ({error})")
    for device in found.devices:
        print(f"   {device.name}: {device.description}, {readable_size(device.total_memory)}")
    if backend != "cpu" and not any(device.is_gpu for device in found.devices):
        return _refuse("it finds no graphics card")
    test = self_test(paths, str(folder))
    if not test.ok:
        return _refuse(test.message)
    if backend != "cpu" and test.device == "CPU":
        return _refuse("the starter model was not put on the graphics card")
    try:
        chosen = EngineBuilds(paths.engines).take_in(folder, backend)
    except OSError as error:
        return _refuse(f"it could not be copied ({error})")
    print(
        f"   The starter model answers on {test.device} after {test.seconds:.1f} s. From now on the app uses {chosen}"
    )
    return 0


def _refuse(reason: str) -> int:
    print(f"   The engine is not used: {reason}. What was used before stays.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
