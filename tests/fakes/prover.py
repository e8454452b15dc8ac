"""A prover that always reports that the proof found nothing."""

from pathlib import Path

from bot.core.audit import LastProof
from bot.proof import ATTACKS
from bot.proof_process import Request


class FakeProver:
    """Records the questions that it gets."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def run(self, request: Request) -> LastProof:
        self.requests.append(request)
        return LastProof(at=request.at, tried=len(ATTACKS), failed=())

    def stop(self) -> None:
        """Do nothing: nothing is running."""

    def interrupt(self, data_dir: Path) -> None:
        """Do nothing: nothing is running."""
