"""Places for chats: the directions, their signs and share, dots pushed apart, and vectors that are of no use."""

import subprocess
import sys

import numpy as np
import pytest

from desktop_app.domain import chat_map
from desktop_app.domain.chat_map import Layout, distinct, is_whole, lay_out, packed, spread


def clusters(groups: int, each: int, length: int = 40, seed: int = 3) -> tuple[list[bytes], np.ndarray]:
    """Return vectors in groups, behind a direction that all share, and the number of each one's group."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((groups, length))
    common = 20.0 * np.ones(length)
    group = np.repeat(np.arange(groups), each)
    return [packed(common + centres[k] + 0.3 * chance.standard_normal(length)) for k in group], group


def test_what_is_alike_lies_together() -> None:
    vectors, group = clusters(3, 10)
    layout = lay_out(vectors)
    points = np.array(layout.points)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = group[:, None] == group[None]
    assert distances[same].max() < distances[~same].min()
    assert 0.8 < layout.share <= 1.0
    assert np.abs(points).max() <= 1.0 + chat_map.WIDEST_GAP


def test_without_what_all_share_only_the_groups_are_alike() -> None:
    vectors, group = clusters(3, 10)
    rows = distinct(vectors)
    cosines = rows @ rows.T
    same = group[:, None] == group[None]
    assert cosines[same].mean() > 0.7
    assert cosines[~same].mean() < 0.0


def test_it_is_always_the_same_and_never_mirrored() -> None:
    vectors, _group = clusters(4, 12)
    layout = lay_out(vectors)
    assert lay_out(vectors) == layout
    other = lay_out(vectors[::-1])
    assert np.array(other.points[::-1]) == pytest.approx(np.array(layout.points), abs=4 * chat_map.WIDEST_GAP)


def test_all_ways_to_the_directions_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _group = clusters(5, 8, length=60)
    exact = lay_out(vectors)
    monkeypatch.setattr(chat_map, "EXACT_SIDE", 50)  # fewer chats than numbers
    by_chats = lay_out(vectors)
    monkeypatch.setattr(chat_map, "EXACT_SIDE", 10)  # more of both
    turned = lay_out(vectors)
    for layout in (by_chats, turned):
        assert np.array(layout.points) == pytest.approx(np.array(exact.points), abs=0.02)
        assert layout.share == pytest.approx(exact.share, abs=1e-3)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_chats(count: int) -> None:
    layout = lay_out([packed([1.0, float(number), -2.0]) for number in range(count)])
    assert len(layout.points) == count
    assert np.isfinite(np.array(layout.points)).all()
    assert layout.share == (0.0 if count < 2 else pytest.approx(1.0, abs=1e-3))


def test_identical_chats_lie_beside_each_other() -> None:
    layout = lay_out([packed([1.0, 2.0, 3.0])] * 50)
    assert layout.share == 0.0
    assert least_distance(layout) > 0.4 * chat_map.WIDEST_GAP


def least_distance(layout: Layout) -> float:
    points = np.array(layout.points)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(distances.min())


@pytest.mark.parametrize("count", [300, 1000])
def test_dots_do_not_cover_each_other_and_hardly_move(count: int) -> None:
    points = np.random.default_rng(5).uniform(-1, 1, (count, 2))
    gap = min(chat_map.WIDEST_GAP, 1 / np.sqrt(count))
    moved = spread(points, gap)
    distances = np.linalg.norm(moved[:, None] - moved[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert np.quantile(distances.min(axis=0), 0.02) > 0.6 * gap
    assert np.median(np.linalg.norm(moved - points, axis=1)) < 3 * gap


def test_five_thousand_chats_of_one_kind_are_laid_out() -> None:
    layout = lay_out([packed([0.1, *np.linspace(-1, 1, 100)])] * 5000)
    assert layout.share == 0.0
    points = np.array(layout.points)
    assert len(np.unique(points.round(6), axis=0)) == 5000
    assert np.abs(points).max() < 1.5


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_vectors_that_are_of_no_use_are_not_kept(vector: list[float]) -> None:
    assert packed(vector) == b""


def test_a_damaged_vector_is_found_out() -> None:
    blob = packed([3.0, 4.0])
    assert is_whole(blob, 2)
    assert np.frombuffer(blob, dtype="<f2") == pytest.approx([0.6, 0.8], abs=1e-3)
    assert not is_whole(blob[:-1], 2)
    assert not is_whole(blob, 3)
    assert not is_whole(np.array([np.nan, 1.0], dtype="<f2").tobytes(), 2)


def test_the_window_starts_without_numpy() -> None:
    script = "import sys, desktop_app.gui.window.controller, desktop_app.services.chats.chat_map; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"
