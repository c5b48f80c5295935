"""How many threads compute, found out while they do: what is right on an idle computer collapses on a busy one.

Every operation waits for its slowest thread, and the others spin meanwhile: with one of two cores taken by
another program, two threads write 12 to 23 tokens a second where one alone writes 44 (the starter model).
A trial of a wrong number costs some slow tokens, so none is made where the load of the computer says that it
would fail; since that cannot always be seen, from a container for one, one is made now and then all the same.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

SETTLED_STEPS = 4
"""Steps after which the pace of a number of threads is known."""
PROBE_STEPS = 3
"""Steps that another number is tried for; the first one wakes or dismisses threads and does not count."""
SLOWER = 1.25
"""How much longer than before a step has to take until fewer threads are tried."""
HOPELESS = 1.5
"""How much longer a first step on trial may take; beyond it the trial ends at once."""
BETTER = 0.95
"""What a trial has to come down to, to be kept."""
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 2.0
LONGEST_SECONDS_DOWN = 30.0
"""How long to wait before more threads, or fewer, are tried: doubled with each trial that failed.

Where it got slow fewer are tried at once, so that there is little reason to look for them otherwise.
"""
WORTH_MORE = 0.5
"""Cores that nobody uses, from which on one more thread may help."""
WORTH_FEWER = 0.25
"""Cores that other programs use, from which on one thread fewer may help."""
LOOK_SECONDS = 0.25
"""How often the load is looked at while a trial is put off."""
MOST_SECONDS_OFF = 30.0
"""How long a trial is put off at most."""


class Load(NamedTuple):
    """How many cores nobody used, and how many other programs used, lately."""

    idle: float
    others: float


def unseen_load() -> Load:
    """Say nothing about the load: every trial may be worth it."""
    return Load(idle=WORTH_MORE, others=WORTH_FEWER)


class _Direction:
    """Which number of threads is tried next, and when: the wait doubles with each trial that failed.

    One step in turn with a long one, since between two good numbers there may be none: where three of
    eight cores are taken, seven threads are as slow as eight.
    """

    def __init__(self, rises: bool) -> None:
        self.rises = rises
        self.due = 0.0
        self._put_off_since: float | None = None
        self._seconds = FIRST_SECONDS
        self._takes_long_step = False

    def target(self, threads: int) -> int:
        """Return the number to try from `threads`."""
        if self._takes_long_step:
            return 2 * threads if self.rises else threads // 2
        return threads + 1 if self.rises else threads - 1

    def put_off(self, now: float, load: Load) -> bool:
        """Look again soon where the load says that a trial would fail; False where it is worth one, or long overdue."""
        hopeful = load.idle >= WORTH_MORE if self.rises else load.others >= WORTH_FEWER
        since = self._put_off_since if self._put_off_since is not None else now
        if hopeful or now - since >= MOST_SECONDS_OFF:
            self._put_off_since = None
            return False
        self._put_off_since = since
        self.due = now + LOOK_SECONDS
        return True

    def succeeded(self, now: float) -> None:
        """Go on this way at once."""
        self._seconds, self.due = FIRST_SECONDS, now

    def failed(self, now: float) -> None:
        """Wait longer than before, and try the other step then."""
        self._takes_long_step = not self._takes_long_step
        self.due = now + self._seconds
        self._seconds = min(2 * self._seconds, LONGEST_SECONDS if self.rises else LONGEST_SECONDS_DOWN)


class ThreadTuner:
    """Climbs towards the fastest number of threads; told of each step, it says how many the next one takes.

    `most` is what there is to use. Steps are decodes of one token for each answer; `width` says for
    how many, since more take longer. `load` tells how busy the computer was since it was last asked.
    """

    def __init__(
        self, most: int, clock: Callable[[], float] = time.perf_counter, load: Callable[[], Load] = unseen_load
    ) -> None:
        self.threads = self.most = most
        self._clock = clock
        self._load = load
        self._width = 0
        self._times: deque[float] = deque(maxlen=SETTLED_STEPS)
        self._usual: float | None = None
        self._trial: _Direction | None = None
        self._home = most  # where a trial that fails goes back to
        self._fewer, self._more = _Direction(rises=False), _Direction(rises=True)

    def note(self, seconds: float, width: int = 1) -> int:
        """Take note of how long a step took, and return the number of threads for the next one."""
        if width != self._width:
            self._width = width
            self._end_trial(self._trial, kept=False)
            self._usual = None
        self._times.append(seconds)
        if self._trial is not None:
            self._judge(self._trial)
        elif len(self._times) == SETTLED_STEPS:
            self._consider(statistics.median(self._times))
        return self.threads

    def for_reading(self) -> int:
        """Return how many threads read a piece of a prompt now: at least as many as write, and else all that have a core.

        What was found while the last answer was written may not hold any more, and there is no time to try: a prompt is
        a few pieces. Each of them takes long beside what threads wait for each other, so that it matters less how many there
        are: with other programs on both of two cores the starter model reads 26 and 19 tokens a second with one thread and
        two (41 and 39 where they spin less), and writes 21 and 6.
        """
        return max(self.threads, min(self.most, self.most - round(self._load().others)))

    def _consider(self, pace: float) -> None:
        """Begin a trial where it got slow, or where the time has come."""
        now = self._clock()
        slow = self._usual is not None and pace > SLOWER * self._usual
        self._usual = pace
        for direction in (self._fewer, self._more):
            at_once = slow and direction is self._fewer
            target = min(max(direction.target(self.threads), 1), self.most)
            if target == self.threads or not (at_once or now >= direction.due):
                continue
            if at_once or not direction.put_off(now, self._load()):
                self._trial, self._home, self.threads = direction, self.threads, target
                self._times.clear()
                return

    def _judge(self, trial: _Direction) -> None:
        """End a trial that has shown enough."""
        assert self._usual is not None
        hopeless = trial.rises and self._times[0] > HOPELESS * self._usual
        if hopeless:
            self._end_trial(trial, kept=False)
        elif len(self._times) == PROBE_STEPS:
            pace = min(list(self._times)[1:])
            kept = pace < BETTER * self._usual
            self._usual = pace if kept else self._usual
            self._end_trial(trial, kept=kept)

    def _end_trial(self, trial: _Direction | None, *, kept: bool) -> None:
        if trial is not None:
            if kept:
                trial.succeeded(self._clock())
                other = self._fewer if trial.rises else self._more
                other.failed(self._clock())
            else:
                self.threads = self._home
                trial.failed(self._clock())
        self._trial = None
        self._times.clear()
