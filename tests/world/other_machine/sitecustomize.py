"""If this folder is on ``PYTHONPATH``, a process believes that it is on another machine."""

import os
import socket

socket.gethostname = lambda: os.environ["SHANTY_TEST_HOST"]
