"""An owner as a program: says on stdout what its clients ask of it, and ends when stdin does.

`python scripted_owner.py HOME [silent|windowless]`; a silent one holds the lock and never listens. A question
'count N' is answered with N pieces, 'flood N' with N pieces of 64 kB, 'endless' with one piece and
no end before it is cancelled, 'refuse' with an error, 'raise' with an exception in the owner.
"""

import sys
import threading
from pathlib import Path

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import DownloadError, ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.openings import Opening
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services.data_folder.owner import Ownership, Reply
from desktop_app.support.paths import Paths

WINDOWLESS = "windowless"


def tell(*words: str) -> None:
    print(*words, flush=True)


class Scripted:
    """Answers without an engine, each question in a thread of its own as an engine would."""

    def __init__(self) -> None:
        self._asked = 0
        self._cancelled: dict[str, threading.Event] = {}

    def raise_window(self, opening: Opening | None = None, activation: str = "") -> bool:
        if WINDOWLESS in sys.argv:
            return False
        tell("raised", *([activation] if activation else []))
        if opening is not None:
            tell("opens", opening)
        return True

    def ask(self, question: Question, reply: Reply) -> str:
        if question.text == "raise":
            raise RuntimeError("nothing can be asked any more")
        self._asked += 1
        request_id = f"request-{self._asked}"
        self._cancelled[request_id] = threading.Event()
        tell("asked", question.text)
        threading.Thread(target=self._answer, args=(request_id, question, reply), daemon=True).start()
        return request_id

    def get(self, repository: HubRepository, variant: Variant, reply: Reply) -> str:
        if not variant.files:
            raise DownloadError(ErrorCode.DOWNLOAD_BAD_NAME, name=repository.repository)
        download = Download(id="d", repository=repository.repository, commit="", variant=variant, folder="/models")
        reply(protocol.Downloading(download))
        reply(protocol.Arrived(download))
        return download.id

    def cancel(self, request_id: str) -> None:
        tell("cancelled", request_id)
        self._cancelled[request_id].set()

    def _answer(self, request_id: str, question: Question, reply: Reply) -> None:
        kind, _, number = question.text.partition(" ")
        reason = FinishReason.STOP
        if kind == "refuse":
            reply(protocol.Refused(ErrorInfo(ErrorCode.ENGINE_CRASHED, {"signal": "SIGSEGV"})))
            return
        if kind == "endless":
            reply(protocol.Delta("begun "))
            self._cancelled[request_id].wait()
            reason = FinishReason.CANCELLED
        size = 64 * 1024 if kind == "flood" else 1
        for index in range(int(number or 0)):
            reply(protocol.Delta(f"{index} " * size))
        reply(protocol.Ended(Receipt(model_name=question.model_path, finish_reason=reason)))


def main() -> None:
    ownership = Ownership.acquire(Paths.below(Path(sys.argv[1])))
    if ownership is None:
        tell("taken")
        return
    if sys.argv[2:] != ["silent"]:
        ownership.serve(Scripted())
    tell("owner")
    sys.stdin.read()
    ownership.close()
    tell("closed")


if __name__ == "__main__":
    main()
