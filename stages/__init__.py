"""One thin wiring module a DVC stage: `python -m stages.<stage>`.

Before any of them imports what it needs, a stage whose `dvc` has ended, ends, and Ctrl-C meanwhile is one line.
Until a stage works (`sealing`) Python looks for no garbage.
"""

import sys

from fer_data.shell.garbage import look_later
from fer_data.shell.interruption import end_while_starting
from fer_data.shell.lifetime import end_with_dvc

if sys.argv[0] == "-m":  # Python runs one of these modules, and does not merely import it.
    end_while_starting()
    look_later()
end_with_dvc()
