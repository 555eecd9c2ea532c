"""Who erases knows every form in which the warehouse reads a number."""

from __future__ import annotations

from psycopg import sql

from simpul import erased
from simpul.blanking.sought import PARTED, unparted
from simpul.database import connect
from simpul.landing.refusing import digits
from simpul.trust.erasure.searching import in_database
from tests.erasure.test_blanking import FORMS, NIK


def test_every_form_that_staging_reads_is_the_number(evaluate, macros, fresh_warehouse):
    """Whatever the macro makes the number of, erasing takes for it: landing, blanking, searching with and without."""
    forms = [f"{before}{NIK[:8]}{sign}{NIK[8:]}" for sign in PARTED for before in ("", sign)] + [*FORMS]
    forms += [f"{form}.0" for form in forms if not form.endswith(".0")]
    read = evaluate([{"nik": form} for form in forms], macros.nik_digits("nik"))
    assert sum(nik == NIK for (nik,) in read) > 50
    assert {form for form, (nik,) in zip(forms, read, strict=True) if nik != NIK} <= {
        f for f in forms if "/" in f
    }
    assert {*map(unparted, forms)} == {NIK}
    with connect(autocommit=True) as conn:
        conn.execute("create table public.told (nik text)")
        conn.cursor().executemany("insert into public.told values (%s)", [(form,) for form in forms])
        told = conn.execute(sql.SQL("select distinct {} from public.told").format(digits("nik"))).fetchall()
        assert told == [(NIK,)]
        assert in_database(conn, [NIK])["public.told"] == len(forms)
        # as a text JSON has two signs for a tab
        conn.execute(
            "create table public.packed as select jsonb_build_object('nik', nik) as record from public.told"
        )
        assert in_database(conn, [NIK])["public.packed"] == len(forms)
        erased.add(1, [("number", NIK)])
        assert in_database(conn)["public.told"] == len(forms)
        assert in_database(conn)["public.packed"] == len(forms)
