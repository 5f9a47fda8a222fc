"""`fer-data view`: what is in the data, what is wrong with it, how the model does, on one page that works offline."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.view.faces import Faces
    from fer_data.view.material import Material, opened
    from fer_data.view.report import built, view_page

__all__ = ["Faces", "Material", "built", "opened", "view_page"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.view.faces": ("Faces",),
        "fer_data.view.material": ("Material", "opened"),
        "fer_data.view.report": ("built", "view_page"),
    },
)
