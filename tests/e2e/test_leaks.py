"""The search for personal values finds them in whatever form they were written down: else "no leak" says nothing."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
import zlib

import pandas as pd
import pytest

from tests.e2e import leaks

NIK, NAME = "3275014408550019", "SITI NÜRBAYA CONTOH"


@pytest.mark.parametrize(
    "text",
    [
        f"nik {NIK}.",
        *(base64.b64encode(b"x" * n + NIK.encode() + b'", "next') for n in range(3)),
        json.dumps({"nik": NIK}),
        repr(float(NIK)),
        str(pd.Series([float(NIK) * 10]).iloc[0]),
        f"{float(NIK):.15e}",
        f"{int(NIK):,}",
        f"{int(NIK):,}".replace(",", "."),
        NIK.encode().hex(),
        NIK.encode("utf-16"),
        zlib.compress(f"nik={NIK}".encode()),
        gzip.compress(f"nik={NIK}".encode(), mtime=0),
        int(NIK).to_bytes(8, "big"),
    ],
)
def test_a_number_in_any_form(text):
    content = text if isinstance(text, bytes) else text.encode()
    assert len(leaks.disguised([("here", content)], [NIK])) == 1
    assert NIK not in str(leaks.disguised([("here", content)], [NIK]))


@pytest.mark.parametrize(
    "text",
    [
        NAME.encode(),
        json.dumps(NAME).encode(),
        urllib.parse.quote_plus(NAME).encode(),
        urllib.parse.quote(NAME).encode(),
        *(base64.b64encode(b"y" * n + NAME.encode() + b"zz") for n in range(3)),
        base64.urlsafe_b64encode(NAME.encode()),
    ],
)
def test_a_name_in_any_form(text):
    assert leaks.disguised([("here", text)], [NAME])


def test_others_are_not_found():
    other = "3275014408550020"
    told = "\n".join([other, repr(float(other)), base64.b64encode(other.encode()).decode(), "SITI CONTOH"])
    assert leaks.disguised([("here", told.encode())], [NIK, NAME]) == []
