"""`fer-data submit`: files for the ABAW challenge."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.submit.submission import SUBMISSION_BYTES as SUBMISSION_BYTES
    from fer_data.submit.submission import SampleFile as SampleFile
    from fer_data.submit.submission import header_line as header_line
    from fer_data.submit.submission import label_header as label_header
    from fer_data.submit.submission import read_frame_counts as read_frame_counts
    from fer_data.submit.submission import read_sample as read_sample
    from fer_data.submit.submission import write_one_file as write_one_file
    from fer_data.submit.submission import write_subject_files as write_subject_files

__all__ = [
    "SUBMISSION_BYTES",
    "SampleFile",
    "header_line",
    "label_header",
    "read_frame_counts",
    "read_sample",
    "write_one_file",
    "write_subject_files",
]

_LAZY = {
    "SUBMISSION_BYTES": "fer_data.submit.submission",
    "SampleFile": "fer_data.submit.submission",
    "header_line": "fer_data.submit.submission",
    "label_header": "fer_data.submit.submission",
    "read_frame_counts": "fer_data.submit.submission",
    "read_sample": "fer_data.submit.submission",
    "write_one_file": "fer_data.submit.submission",
    "write_subject_files": "fer_data.submit.submission",
}

__getattr__ = lazy_names(__name__, _LAZY)
