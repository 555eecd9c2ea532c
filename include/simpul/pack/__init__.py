"""The pack of a region for its TKPK's coordination meeting: one document, three faces (docs/adr/0054).

`chapters` read the marts into a `model.Document`; `as_pdf`, `as_html` and `as_xlsx` write it; none of them reads
anything, so no face can tell a figure that the others do not.
"""

from simpul.pack.writing import Failed, Pack, regions_with_data, write_pack, write_packs

__all__ = ["Failed", "Pack", "regions_with_data", "write_pack", "write_packs"]
