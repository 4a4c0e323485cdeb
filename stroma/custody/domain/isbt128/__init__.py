"""ISBT 128 as a clinic meets it: donation numbers, the structures of a barcode, and how to write them.

The facts are those of the standard ST-001 v6.2.2 (April 2023) as far as reading and writing need them; none
of its tables of product, location or message codes is here. Whoever runs a clinic registers with ICCBBA,
which hands out facility numbers and product codes; those are the site's configuration.
"""
