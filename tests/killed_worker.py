"""The real batch worker, which kills itself with SIGKILL in the middle of a solve where a file asks for it."""

import os
import signal
import sys
from pathlib import Path

from gluteweak.batch import worker
from gluteweak.walking import interior_point

#: Iteration in which the solver dies.
DIES_IN = 3
ASKED = Path(os.environ["GLUTEWEAK_TEST_KILL"])


class Run(interior_point._Run):
    def run(self, max_iterations):
        self.begun = 0
        return super().run(max_iterations)

    def _update_barrier(self):
        self.begun += 1
        if self.begun == DIES_IN and ASKED.exists():
            ASKED.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        super()._update_barrier()


interior_point._Run = Run

if __name__ == "__main__":
    sys.exit(worker.serve(sys.argv[1:]))
