"""What holds for every test."""

import os
import signal

import pytest
from hypothesis import settings
from servers import MariaDB, Server

# A busy machine is no fault of the code: no example has a deadline.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# A shell without job control starts background jobs with interrupts ignored, and whatever they
# start inherits that. The tests of interrupts need them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server():
    """One PostgreSQL server for all tests of a process; it takes 2 s to start."""
    try:
        started = Server()
    except ImportError:
        pytest.skip("pgserver, which brings PostgreSQL, has no wheel for this machine")
    yield started
    started.close()


@pytest.fixture(scope="session")
def mariadb():
    """One MariaDB server for all tests of a process, where the machine has its package."""
    try:
        started = MariaDB()
    except FileNotFoundError as error:
        if os.environ.get("AUTOLSTM_MARIADB") == "required":
            pytest.fail(f"AUTOLSTM_MARIADB=required, but there is no {error}.")
        pytest.skip(f"There is no MariaDB here: {error} was not found.")
    yield started
    started.close()
