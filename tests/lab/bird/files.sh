#!/bin/sh
# New files into a running BIRD: what stays up, what is refused, what a kill leaves.
exec "$GRIX_BUILD/tests/lab/bird/lab_bird_files"
