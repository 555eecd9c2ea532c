"""Bytes → rows of text. Knows formats and layouts, not the warehouse.

``source.Source`` opens a file (what it is, which layout fits), ``splitter`` cuts CSV, ``workbook`` reads Excel,
``webapi`` a JSON body of the BPS WebAPI, ``records`` melts tables, ``letter`` reads the cover letter beside a delivery.
"""
