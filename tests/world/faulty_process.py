"""Pipeline passes in a separate process, one after the other, for the long end-to-end run.

``SHANTY_TEST_SECOND`` is how many real seconds a second of the plan takes. Passes are made until
the file ``over`` is in the folder ``SHANTY_TEST_FOLDER``.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

from shanty.demo import ytdlp_plugin_dir
from tests.world.faulty_run import DISK_IS_FULL, OVER, log_everything, refusing_fsync, scaled_policy


def main() -> None:
    """Run the pipeline as its schedule would, only more often."""
    sys.path.insert(0, str(ytdlp_plugin_dir()))
    folder = Path(os.environ["SHANTY_TEST_FOLDER"])
    logging.getLogger().addHandler(log_everything(folder / "everything.log"))
    for name in ("shanty", "yt_dlp", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    from shanty.stages import execution

    execution.POLICY = scaled_policy(float(os.environ["SHANTY_TEST_SECOND"]))
    os.fsync = refusing_fsync(folder / DISK_IS_FULL)

    from deployments.local import run_pipeline

    parent = os.getppid()
    while not (folder / OVER).exists() and os.getppid() == parent:
        try:
            print(run_pipeline()["message"], flush=True)
        except Exception as error:  # the database was locked for too long: the next pass goes on
            print(f"a pass failed: {error}", flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    main()
