"""Ctrl-C stops a run, even where Python drops the exception that it raises."""

from __future__ import annotations

import signal
import sys
import weakref

import pytest

from simpul.cli.release import _steps, _stoppable


class Watched:
    """Something that is watched by a weak reference, as SQLAlchemy watches connections."""


@pytest.fixture(autouse=True)
def _as_in_a_terminal():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("quiet", [True, False])
def test_a_stop_that_falls_into_a_callback_of_the_collector_is_heard_at_the_next_step(monkeypatch, quiet):
    dropped, done = [], []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    with pytest.raises(KeyboardInterrupt), _stoppable() as go_on, _steps("x", 3, quiet, go_on) as step:
        step("first")
        watched = Watched()
        reference = weakref.ref(watched, lambda _: signal.raise_signal(signal.SIGINT))
        del watched
        done.append("first")
        step("second")
        done.append("second")
    assert reference() is None and done == ["first"]
    assert [type(one.exc_value) for one in dropped] == [KeyboardInterrupt], "Python dropped it"


def test_a_stop_is_heard_at_once_elsewhere_and_the_handler_is_put_back():
    with pytest.raises(KeyboardInterrupt), _stoppable():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_to_ignore_stops_goes_on():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _stoppable() as go_on:
        signal.raise_signal(signal.SIGINT)
        go_on()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
