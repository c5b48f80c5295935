"""The model that is suggested to a newcomer, and which file of it."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.catalogue import CatalogueFile, CatalogueModel
from desktop_app.domain.fit import Need
from desktop_app.domain.suggestion import Suggestion, suggest_model
from desktop_app.domain.verdict import USABLE_SPEED, Fit, Verdict
from desktop_app.sources.catalogue import read_catalogue

FAST, SLOW = USABLE_SPEED + 1.0, USABLE_SPEED - 1.0
Offered = tuple[str, int, float]
"""A file's quantization, its bytes, and how fast it answers; negative where it does not fit well."""


def model(name: str, *files: Offered, gated: bool = False) -> tuple[CatalogueModel, Sequence[Verdict]]:
    known = read_catalogue().models[0]
    made = msgspec.structs.replace(known, id=name, gated=gated, files=tuple(map(file_of, files)))
    return made, list(map(verdict_of, files))


def file_of(offered: Offered) -> CatalogueFile:
    quantization, size, _speed = offered
    return CatalogueFile(
        quantization=quantization, names=(f"{quantization}.gguf",), bytes=size, sha256="", bytes_are="exact"
    )


def verdict_of(offered: Offered) -> Verdict:
    _quantization, size, speed = offered
    need = Need(context=8192, weights=size, kv_cache=0, compute=0, process=0)
    return Verdict(
        fit=Fit.MEMORY,
        need=need,
        context=8192,
        gpu_layers=0,
        tokens_per_second=abs(speed),
        fits_well=speed > 0.0,
    )


def suggested(*models: tuple[CatalogueModel, Sequence[Verdict]]) -> Suggestion | None:
    return suggest_model([each for each, _ in models], [verdicts for _, verdicts in models])


def test_a_larger_model_is_better_than_a_larger_file_of_a_smaller_one() -> None:
    small = model("small", ("Q4_K_M", 20, FAST), ("Q8_0", 34, FAST))
    large = model("large", ("Q4_K_M", 25, FAST), ("Q6_K", 33, FAST))
    found = suggested(small, large)
    assert found is not None
    assert (found.model.id, found.file.quantization, found.verdict.need.weights) == ("large", "Q4_K_M", 25)


def test_what_is_not_usual_is_suggested_where_nothing_else_fits_well() -> None:
    found = suggested(model("one", ("Q3_K_M", 10, FAST), ("Q4_K_M", 20, -FAST)), model("two", ("Q2_K", 5, FAST)))
    assert found is not None
    assert (found.model.id, found.file.quantization) == ("one", "Q3_K_M")


def test_slow_gated_and_too_large_ones_are_not_suggested() -> None:
    slow, gated = model("slow", ("Q4_K_M", 30, SLOW)), model("gated", ("Q4_K_M", 30, FAST), gated=True)
    fits = model("fits", ("Q4_K_M", 20, FAST))
    found = suggested(slow, gated, fits)
    assert found is not None
    assert found.model.id == "fits"
    assert suggested(gated, model("large", ("Q4_K_M", 90, -FAST))) is None
    assert suggested() is None
