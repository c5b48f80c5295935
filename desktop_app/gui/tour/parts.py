"""Which live part belongs to which step."""

from desktop_app.domain.tour import TourStep
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.tour.asking import Asking
from desktop_app.gui.tour.attention import AttentionPart
from desktop_app.gui.tour.context import ContextPart
from desktop_app.gui.tour.embeddings import EmbeddingsPart
from desktop_app.gui.tour.invention import InventionPart
from desktop_app.gui.tour.loop import LoopPart
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.privacy import PrivacyPart
from desktop_app.gui.tour.sliders import TemperaturePart, TopKPart, TopPPart
from desktop_app.gui.tour.tokens import TokensPart

PARTS: dict[TourStep, type[LivePart]] = {
    TourStep.TOKENS: TokensPart,
    TourStep.EMBEDDINGS: EmbeddingsPart,
    TourStep.ATTENTION: AttentionPart,
    TourStep.NEXT_TOKEN: LoopPart,
    TourStep.TEMPERATURE: TemperaturePart,
    TourStep.TOP_K: TopKPart,
    TourStep.TOP_P: TopPPart,
    TourStep.CONTEXT: ContextPart,
    TourStep.INVENTION: InventionPart,
    TourStep.PRIVACY: PrivacyPart,
}


def make_part(step: TourStep, theme: Theme, asking: Asking) -> LivePart:
    """Return the live part of a step."""
    return PARTS[step](theme, asking)
