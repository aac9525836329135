"""The one intake: every file that comes into Bangfu is received, unpacked, read and judged here.

    receiving   a body of bytes: limits, pace, digest                       (HTTP, in the service)
    parser      orders a child, feeds it, gives its chunks                  (in the service)
    nursery     forks a child for each order                                (a process that sees no upload)
    child       inflate -> text | workbook: bytes in, clean lines out       (a limited process that imports no service)
    layout      which columns a file may have
    headings, tables, ndjson -> lines -> values, written: clean lines in, columns of typed cells and faults out
    notes, faults: what of a file was not used, what is wrong with a cell, in words

It knows no service and no table: what a row means is its caller's.
"""
