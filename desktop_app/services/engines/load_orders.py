"""Says how a model is to be loaded, as the settings, its defaults and what was measured of it are now."""

from collections.abc import Callable

import msgspec

from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults, chosen
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Limit
from desktop_app.domain.servers import usable
from desktop_app.domain.tuning import Preferences, Preferred
from desktop_app.protocol.engine import Load
from desktop_app.services.hardware.servers import ServerUse
from desktop_app.settings.schema import EngineSettings
from desktop_app.support.i18n import N_

SEQUENCES = 4
"""How many answers a model writes at once."""
GIGABYTE = 1_000_000_000


class LoadOrders:
    """Puts together what a worker is told."""

    def __init__(
        self,
        *,
        settings: Callable[[], EngineSettings],
        defaults: Callable[[str], ModelDefaults],
        tuned: Callable[[str], Preferences],
        servers: ServerUse,
        snapshot_folder: str,
    ) -> None:
        self._settings = settings
        self._defaults = defaults
        self._tuned = tuned
        self._servers = servers
        self._snapshot_folder = snapshot_folder

    def preferences(self, model_path: str) -> Preferences:
        """Return with what a model was found to be fastest, and with which cards; reads files."""
        return self._tuned(model_path)

    def load(self, model_path: str, tuned: Preferred, options: LoadOptions | None = None) -> Load:
        """Return how a model is loaded that was found to be fastest as `tuned`; what a person set comes first.

        `options` stand in for those that are set for the model.
        """
        settings, defaults = self._settings(), self._defaults(model_path)
        options, servers = options or defaults.loading, self._servers.settings()
        shares, flash_attention = options.shares, options.flash_attention.wish
        return Load(
            model_path=model_path,
            context_size=chosen(options.context_size, settings.context_size),
            threads=settings.threads or chosen(tuned.threads, 0),
            gpu_layers=_layers(options.gpu_layers, settings.gpu_layers, tuned.gpu_layers),
            safe_mode=settings.safe_mode,
            kv_type=options.kv_type.kv_type,
            batch_size=options.batch_size or tuned.batch_size,
            mmap=options.mmap,
            mlock=options.mlock,
            adapters=defaults.adapters,
            sequences=SEQUENCES,
            snapshot_folder=self._snapshot_folder,
            snapshot_bytes=settings.snapshot_gigabytes * GIGABYTE,
            guesses=settings.guesses,
            draft_path=defaults.draft_model,
            split=tuple(shares.values()),
            cpu_experts=options.cpu_experts,
            context_on_gpu=options.context_on_gpu,
            flash_attention=tuned.flash_attention if flash_attention is None else flash_attention,
            devices=tuple(shares),
            servers=usable(servers.addresses),
            servers_always=servers.for_every_model,
            offline=self._servers.offline(),
        )

    def told_in(self, model: ModelInfo, tuned: Preferred) -> ModelInfo:
        """Return `model`, as it was loaded, with the reason where it is on no graphics card since it was found to be slower there."""
        own, usual = self._defaults(model.path).loading.gpu_layers, self._settings().gpu_layers
        is_off = model.plan is not None and model.plan.limit is Limit.SWITCHED_OFF
        if not is_off or tuned.gpu_layers != 0 or chosen(own, usual) >= 0:
            return model
        return msgspec.structs.replace(
            model, device_reason=N_("It was measured to be faster without the graphics card.")
        )


def _layers(own: int | None, usual: int, tuned: int | None) -> int:
    """Return how many layers go onto devices: as set for the model, as set for all, as measured, or all that fit (-1)."""
    if own is not None or usual >= 0 or tuned is None:
        return chosen(own, usual)
    return tuned
