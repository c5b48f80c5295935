"""A window's place in the data folder: taken, waited for, given up."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from desktop_app.domain.openings import AskQuickly, OpenFile, OpenFiles, OpenLink
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.services.data_folder.place import Place
from desktop_app.support.paths import Paths
from tests.unit.owner.conftest import OwnerProcess

StartOwner = Callable[..., OwnerProcess]


def test_an_empty_folder_is_taken_and_given_back(paths: Paths) -> None:
    for _ in range(2):
        place = Place.take(paths)
        assert place is not None
        assert isinstance(place.ownership, Ownership)
        assert place.wait()
        place.leave()


def test_beside_a_window_there_is_no_place(start_owner: StartOwner, paths: Paths) -> None:
    owner = start_owner("window")
    assert Place.take(paths) is None
    owner.hears("raised")


def test_the_other_window_hears_what_is_to_be_opened(start_owner: StartOwner, paths: Paths) -> None:
    owner = start_owner("window")
    for opening in (
        OpenLink("inglenook://model/a/b"),
        OpenFile("/家/x.gguf"),
        OpenFiles(("/家/x.txt", "/y.pdf")),
        AskQuickly(),
    ):
        assert Place.take(paths, opening) is None
        owner.hears(f"opens {opening}")


def test_a_window_that_comes_first_hears_it_too(start_owner: StartOwner, paths: Paths) -> None:
    command = start_owner("windowless")
    place = Place.take(paths, OpenLink("inglenook://model/a/b"))
    assert place is not None
    command.kill()
    other = start_owner("window")
    assert not place.wait()
    other.hears("opens OpenLink(link='inglenook://model/a/b')")
    place.leave()


def test_a_command_is_waited_for(start_owner: StartOwner, paths: Paths) -> None:
    command = start_owner("windowless")
    place = Place.take(paths)
    assert place is not None
    assert place.ownership is None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(place.wait)
        command.kill()
        assert waiting.result(60)
    assert place.ownership is not None
    place.leave()


def test_whoever_leaves_waits_no_longer(start_owner: StartOwner, paths: Paths) -> None:
    start_owner("windowless")
    for _ in range(20):
        place = Place.take(paths)
        assert place is not None
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(place.wait)
            place.leave()
            assert not waiting.result(60)


def test_another_window_may_come_first(start_owner: StartOwner, paths: Paths) -> None:
    command = start_owner("windowless")
    place = Place.take(paths)
    assert place is not None
    command.kill()
    other = start_owner("window")
    assert not place.wait()
    other.hears("raised")
    place.leave()


def test_leaving_and_the_end_of_the_command_at_once(start_owner: StartOwner, paths: Paths) -> None:
    """Whoever wins: nobody waits for ever, and the folder is free afterwards."""
    for _ in range(5):
        command = start_owner("windowless")
        place = Place.take(paths)
        assert place is not None
        leaving = threading.Timer(0.01, place.leave)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(place.wait)
            leaving.start()
            command.kill()
            waiting.result(60)
            leaving.join()
        again = Ownership.acquire(paths)
        assert again is not None
        again.close()
