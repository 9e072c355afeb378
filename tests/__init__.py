"""The tests.

A run is dozens of processes: those that share the suite, and all that tests start. Where the
environment forbids Python to keep bytecode, as images of containers do, each of them would compile
everything anew, for some seconds.
"""

import os
import sys

# Before the workers are started: they, and what they start, take the environment over.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
