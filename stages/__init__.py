"""One thin wiring module a DVC stage: `python -m stages.<stage>`.

Before any of them imports what it needs, a stage whose `dvc` has ended, ends.
"""

from fer_data.lifetime import end_with_dvc

end_with_dvc()
