#!/bin/sh
# What goes between members over real BIRDs, and what does not.
exec "$GRIX_BUILD/tests/lab/bird/lab_bird_routes"
