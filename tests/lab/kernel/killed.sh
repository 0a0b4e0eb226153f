#!/bin/sh
# SIGKILL behind every message of an apply.
exec "$GRIX_BUILD/tests/lab/kernel/lab_kernel_killed"
