"""Which model of the curated list is suggested for a computer, and which file of it."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.catalogue import CatalogueFile, CatalogueModel
from desktop_app.domain.hub import usual_place
from desktop_app.domain.verdict import Verdict, suggest


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A model, the file to take of it, and how that fits."""

    model: CatalogueModel
    file: CatalogueFile
    verdict: Verdict


def suggest_model(models: Sequence[CatalogueModel], verdicts: Sequence[Sequence[Verdict]]) -> Suggestion | None:
    """Return what a newcomer is to take, None where nothing fits well; one verdict for each file of each model.

    Each model is compared by its usual file: the largest file of a small model is no better than a larger model.
    Where no such file fits well, the others are compared. Models for which one has to log in are left out.
    """
    usual: list[Suggestion] = []
    others: list[Suggestion] = []
    for model, fits in zip(models, verdicts, strict=True):
        if model.gated:
            continue
        place = usual_place([file.quantization for file in model.files])
        for index, (file, verdict) in enumerate(zip(model.files, fits, strict=True)):
            (usual if index == place else others).append(Suggestion(model=model, file=file, verdict=verdict))
    for choices in (usual, others):
        best = suggest([choice.verdict for choice in choices])
        if best is not None:
            return choices[best]
    return None
