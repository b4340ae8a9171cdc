"""Put on ``PYTHONPATH``, it makes a process believe that it is on another machine."""

import os
import socket

socket.gethostname = lambda: os.environ["SHANTY_TEST_HOST"]
