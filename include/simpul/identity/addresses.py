"""An address as it is compared: ``Jl. Mawar No. 05 RT 02/03``, ``JALAN MAWAR NO.5`` and ``JL MAWAR 5`` are one.

SQL of DuckDB over the column ``address``, in as few passes as a million of them allow. What kind of way it is says an
initial (``J MAWAR 5``), and RT and RW go where something stands before them: they are columns of their own elsewhere.
"""

_WORDS = r"regexp_replace(upper(address), '([A-Z])([0-9])|[^A-Z0-9]+', '\1 \2', 'g')"
_UNNUMBERED = rf"regexp_replace({_WORDS}, '\b(?:(?:NO|NOMOR|NOMER)\b ?|0+)', '', 'g')"
_WAYS = r"\b(?:(J)(?:ALAN|LN|L)|(G)(?:ANG|NG|G)|(K)(?:AMPUNG|AMP|PG|P)|(D)(?:USUN|SN))\b"
_ON_A_WAY = rf"regexp_replace({_UNNUMBERED}, '{_WAYS}', '\1\2\3\4', 'g')"
PLAIN_ADDRESS = rf"nullif(trim(regexp_replace({_ON_A_WAY}, '^(.{{5,}}?) RT\b.*$', '\1')), '')"
