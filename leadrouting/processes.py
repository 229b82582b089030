"""Runs programs as children forked from this one process, brings dead ones back, and leaves none behind.

The parent has set everything up but holds no connection and no thread, so that the children share its memory. Each
child leads a process group of its own: Ctrl-C reaches only the parent, and a child is ended with all it started.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""A program that ended comes back after this long, doubling each time."""
STEADY_SECONDS = 30.0
"""Who lives this long begins again with the first pause."""
LEAVE_SECONDS = {False: 3.0, True: 1.0}
"""How long programs, and then those that stop last, have to end by themselves."""
LOOK_SECONDS = 0.02
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What one child runs. Those that stop last serve the others: the mailbox, Redis."""

    name: str
    run: Callable[[], object]
    listener: socket.socket | None = None
    stops_last: bool = False


@dataclass
class Child:
    """A program, and the process that runs it now, if any."""

    program: Program
    pid: int | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = FIRST_PAUSE


@dataclass
class Supervisor:
    """Keeps all programs running until SIGTERM, Ctrl-C or a closed terminal, then ends them within 5 seconds."""

    programs: Sequence[Program]
    children: list[Child] = field(init=False)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.children = [Child(program) for program in self.programs]

    def run(self, *, started: Callable[[], None]) -> None:
        """Start everything, call `started` once, and stay until told to stop."""
        gc.collect()
        gc.freeze()  # a collection in a child would copy the pages that it shares with us
        awake, waker = socket.socketpair()
        for end in (awake, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._note)
        try:
            self._start_due()
            started()
            while not self.stopping:
                select.select([awake], [], [], self._pause())
                with suppress(BlockingIOError):
                    awake.recv(4096)
                self._bury()
                self._start_due()
        finally:
            self._stop()
            signal.set_wakeup_fd(-1)

    def _note(self, number: int, frame: object) -> None:
        self.stopping = self.stopping or number != signal.SIGCHLD

    def _pause(self) -> float:
        dues = [child.due for child in self.children if child.pid is None]
        return max(0.0, min(dues, default=time.monotonic() + LONGEST_PAUSE) - time.monotonic())

    def _start_due(self) -> None:
        for child in self.children:
            if not self.stopping and child.pid is None and child.due <= time.monotonic():
                child.started = time.monotonic()
                try:
                    child.pid = self._fork(child.program)
                except OSError as error:  # no memory or process left: perhaps later
                    logger.error("fork_failed", extra={"program": child.program.name, "cause": error.strerror})
                    child.due = child.started + LONGEST_PAUSE

    def _fork(self, program: Program) -> int:
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # none must reach the child before it has its own handlers
        try:
            pid = os.fork()
            if pid == 0:
                self._become(program, parent)
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _become(self, program: Program, parent: int) -> None:
        """In the child: run the program and end. Never returns."""
        code = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            end_with_parent(parent)
            for other in self.programs:
                if other is not program and other.listener:
                    other.listener.close()
            program.run()
            code = 0
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        except BaseException as error:
            logger.error("program_failed", extra={"program": program.name}, exc_info=error)
        finally:
            logging.shutdown()
            os._exit(code)

    def _bury(self) -> None:
        """Take leave of children that have ended, with all that they left behind, and say when they come back."""
        now = time.monotonic()
        for child in self.children:
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            _signal_group(child.pid, signal.SIGKILL)
            child.pid = None
            if now - child.started >= STEADY_SECONDS:
                child.pause = FIRST_PAUSE
            child.due = now + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
            if not self.stopping:
                code = os.waitstatus_to_exitcode(status)
                logger.warning("program_ended", extra={"program": child.program.name, "exit_code": code})

    def _stop(self) -> None:
        self.stopping = True
        for last, seconds in LEAVE_SECONDS.items():
            leaving = [child for child in self.children if child.program.stops_last is last]
            for child in leaving:
                if child.pid is not None:
                    os.kill(child.pid, signal.SIGTERM)
            end = time.monotonic() + seconds
            while any(child.pid for child in leaving) and time.monotonic() < end:
                time.sleep(LOOK_SECONDS)
                self._bury()
            for child in leaving:
                if child.pid is not None:
                    _signal_group(child.pid, signal.SIGKILL)
                    os.waitpid(child.pid, 0)
                    child.pid = None


def end_with_parent(parent: int) -> None:
    """Have this process ended when its parent is, however that comes about."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
