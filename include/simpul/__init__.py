"""Simpul ties what BPS, Dinas Sosial and BPJS Kesehatan know about poverty into one warehouse (see AGENTS.md)."""
