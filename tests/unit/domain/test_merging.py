"""What two changed of the same value comes together field by field."""

from desktop_app.domain.merging import merged
from desktop_app.domain.personas import Persona

BEFORE = Persona(name="Sailor", prompt="Ahoy.", greeting="Hello", sampling={"top_k": 5, "seed": 1})


def test_what_only_one_changed_is_taken_from_there() -> None:
    mine = Persona(name="Pilot", prompt="Ahoy.", greeting="Hello", sampling={"top_k": 5, "min_p": 0.1})
    theirs = Persona(name="Sailor", prompt="Avast.", greeting="", sampling={"top_k": 9, "seed": 1, "top_p": 0.5})
    assert merged(BEFORE, mine, theirs) == Persona(
        name="Pilot", prompt="Avast.", greeting="", sampling={"top_k": 9, "min_p": 0.1, "top_p": 0.5}
    )
    assert merged(BEFORE, BEFORE, theirs) == theirs
    assert merged(BEFORE, mine, BEFORE) == mine


def test_what_both_changed_is_as_the_last_one_wants_it() -> None:
    mine, theirs = Persona(name="Pilot", sampling={"top_k": 7}), Persona(name="Cook", sampling={"top_k": 9, "seed": 1})
    assert merged(BEFORE, mine, theirs) == Persona(name="Pilot", sampling={"top_k": 7})
