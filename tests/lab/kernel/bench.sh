#!/bin/sh
# The bench of the kernel's tunnels with a handful of them, so that it does not rot.
figures=$("$GRIX_BUILD/tests/bench/bench_kernel" 5 1) &&
	case $figures in
	*"one peer changed: 1 writes, 5 of 5 interfaces are the same ones") true ;;
	*) false ;;
	esac &&
	case $figures in *"nothing has stirred "*" 0 writes"*) true ;; *) false ;; esac &&
	echo "ok - the bench of the kernel's tunnels runs" && exit 0
echo "$figures" | sed 's/^/# /'
echo "not ok - the bench of the kernel's tunnels runs"
exit 1
