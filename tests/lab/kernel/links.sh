#!/bin/sh
# What apply does to the kernel's tunnels, and what it leaves alone. Several programs, one boot.
status=0
for name in apply repair strangers refused watch; do
	"$GRIX_BUILD/tests/lab/kernel/lab_kernel_$name" || status=1
done
exit $status
