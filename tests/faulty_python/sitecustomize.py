"""Python imports this at its start where PYTHONPATH says so: real batch workers that crash or stall in mid-solve.

GLUTEWEAK_TEST_CRASH names a scenario at which a solving worker dies. GLUTEWEAK_TEST_STALL names a file: a solver
that does not find it writes its process number there and stalls in its third iteration, GLUTEWEAK_TEST_STALL_S long.
"""

import os
import signal
import sys
import time
from pathlib import Path

if sys.orig_argv[1:4] == ["-m", "gluteweak.batch.worker", "solve"]:
    from gluteweak.batch import stages
    from gluteweak.walking import interior_point

    real = stages.run

    def run(job, stage, scenario, neighbour, work):
        """Die at a scenario, otherwise the real thing."""

        def dying(scenario, folder, neighbour):
            if scenario["scenario_id"] == os.environ.get("GLUTEWEAK_TEST_CRASH"):
                os.kill(os.getpid(), signal.SIGKILL)
            work(scenario, folder, neighbour)

        return real(job, stage, scenario, neighbour, dying)

    class Run(interior_point._Run):
        """Stalls once in its third iteration."""

        begun = 0

        def _update_barrier(self):
            self.begun += 1
            place = os.environ.get("GLUTEWEAK_TEST_STALL")
            if place and self.begun == 3 and not Path(place).exists():
                Path(place).write_text(str(os.getpid()), encoding="utf-8")
                time.sleep(float(os.environ["GLUTEWEAK_TEST_STALL_S"]))
            super()._update_barrier()

    stages.run = run
    interior_point._Run = Run
