"""Looks at the devices of an engine build, in a process of its own that may crash."""

import os
from multiprocessing.connection import Connection

from desktop_app.protocol.engine import DeviceFound, DevicesListed
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent


def run(connection: "Connection[bytes, bytes]", engine_folder: str) -> None:
    """Send one `DevicesListed` and end; `engine_folder` is empty for the installed build."""
    live_with_parent()
    os.environ["GGML_NO_BACKTRACE"] = "1"
    if engine_folder:
        os.environ["LLAMA_CPP_LIB_PATH"] = engine_folder
    from desktop_app.engine import llama

    wire: Wire[DevicesListed] = Wire(connection, DevicesListed)
    backend = llama.start_backend(lambda reason: None)
    devices = tuple(
        DeviceFound(
            name=device.name,
            description=device.description,
            is_gpu=device.is_gpu,
            free_memory=device.free_memory,
            total_memory=device.total_memory,
        )
        for device in backend.devices()
    )
    wire.send(
        DevicesListed(
            engine_version=llama.engine_version(),
            engine_folder=str(llama.engine_folder()),
            cpu_variant=backend.cpu_variant,
            cpu_features=llama.cpu_features(),
            devices=devices,
        )
    )
    backend.close()
