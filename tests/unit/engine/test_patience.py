"""How long an answer of another computer is owed, by what passes between llama.cpp and it."""

import random
import struct

import pytest

from desktop_app.engine.patience import ANSWERED, Debt, Patience

GET_TENSOR, SET_TENSOR, COMPUTE, RECOMPUTE = 8, 6, 10, 16


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def debt(clock: Clock) -> Debt:
    return Debt(Patience(seconds=60.0, times=100.0, most=600.0), clock)


def command(number: int, size: int = 16) -> memoryview:
    return memoryview(struct.pack("<BQ", number, size) + bytes(size))


def answer(size: int = 8) -> memoryview:
    return memoryview(struct.pack("<Q", size) + bytes(size))


def send(debt: Debt, piece: memoryview) -> None:
    debt.sending(piece)
    debt.sent()


def test_an_answer_is_owed_from_its_command_on(debt: Debt, clock: Clock) -> None:
    send(debt, command(COMPUTE, 5000))
    clock.now += 50.0
    assert debt.left == 60.0
    send(debt, command(GET_TENSOR))
    clock.now += 25.0
    assert debt.left == 35.0
    clock.now += 36.0
    assert debt.left == -1.0
    debt.received(answer()[:9])  # it goes on answering
    assert debt.left == 60.0


@pytest.mark.parametrize("number", sorted(set(range(19)) - ANSWERED))
def test_what_gets_no_answer_is_not_waited_for(debt: Debt, clock: Clock, number: int) -> None:
    send(debt, command(number))
    clock.now += 1000.0
    assert debt.left == 60.0


def test_what_is_not_taken_is_waited_for(debt: Debt, clock: Clock) -> None:
    debt.sending(command(SET_TENSOR))
    clock.now += 61.0
    assert debt.left == -1.0
    debt.sent()
    assert debt.left == 60.0


def test_a_slow_server_gets_more_time_up_to_a_limit(debt: Debt, clock: Clock) -> None:
    for seconds, allowed in ((0.5, 60.0), (2.0, 200.0), (1.0, 200.0), (50.0, 600.0)):
        send(debt, command(GET_TENSOR))
        clock.now += seconds
        debt.received(answer())
        assert debt.allowed == debt.left == allowed


def test_messages_are_found_in_pieces_of_any_size(debt: Debt, clock: Clock) -> None:
    """Whatever is cut where, as many answers are owed as commands want one."""
    dice = random.Random(5)
    for _time in range(300):
        numbers = [dice.choice((GET_TENSOR, SET_TENSOR, RECOMPUTE)) for _ in range(dice.randrange(1, 8))]
        said = b"".join(command(number, dice.choice((0, 1, 7, 300))) for number in numbers)
        heard = b"".join(answer(dice.choice((0, 1, 7, 300))) for number in numbers if number in ANSWERED)
        for piece in cut(said, dice):
            send(debt, piece)
        clock.now += 0.25
        is_owed = GET_TENSOR in numbers
        assert debt.left == (59.75 if is_owed else 60.0)
        pieces = cut(heard, dice)
        for number, piece in enumerate(pieces):
            debt.received(piece)
            clock.now += 0.25
            assert debt.left == (60.0 if number == len(pieces) - 1 else 59.75)


def cut(content: bytes, dice: random.Random) -> list[memoryview]:
    pieces = []
    while content:
        size = dice.randrange(1, 40)
        pieces.append(memoryview(content[:size]))
        content = content[size:]
    return pieces
