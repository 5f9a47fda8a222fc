"""What to do about a wrong label, as the list of labels to look at and the dialog of a row say it."""

from fer_data.tables.origin import Origin

__all__ = ["correction"]

_GENERAL = "A wrong label is corrected where it was annotated, in the corpus, and not in the dataset"
_AGAIN = "then dvc repro makes the dataset again. Never correct what a test split says."
_MADE = "The rendered sample is made with its labels, so nothing is corrected in it. "


def correction(origin: Origin | None, *, file: str = "SUBJECT.txt", line: str = "frame + 2") -> str:
    """Return in a sentence or two how a label is corrected: of Aff-Wild2 in which file and line.

    >>> correction(Origin("folders", rendered=False)).split(";")[0]
    'A wrong label is corrected where it was annotated, in the corpus, and not in the dataset'
    >>> "a.txt, line 12" in correction(Origin("affwild2", rendered=False), file="a.txt", line="12")
    True
    """
    where = ""
    if origin is not None and origin.corpus == "affwild2":
        where = f": in {file}, line {line} (a header, then a line a frame), of the expression annotations"
    return f"{_MADE if origin is not None and origin.rendered else ''}{_GENERAL}{where}; {_AGAIN}"
