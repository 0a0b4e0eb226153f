#!/bin/bash
# bench_bird - what the generated text costs BIRD: bird -p, start, configure after one peer changed.
#   tests/bench/bench_bird.sh BUILD [PEERS...]      (1000 and 5000; root: BIRD runs in a namespace of its own)
# Prints figures; nothing passes or fails.
set -euo pipefail
grix=$(readlink -f "$1")/src/cmd/grix
shift
work=$(mktemp -d) ns=grix-bench-$$ pid=
cleanup() {
	[[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
	ip netns del "$ns" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
ip netns add "$ns"
ip -n "$ns" link set lo up

# A list of $1 members of one site and three prefixes each, of whom all meet the first alone: only
# its text is measured. The limit of member 7 is $2 higher.
make_list() {
	echo 'fabric = { name = "bench"; lan4 = "100.64.0.0/16"; lan6 = "2001:db8:113::/64"; };'
	echo 'members = ('
	for ((i = 1; i <= $1; i++)); do
		((i == 1)) && printf -v meets '%s, ' $(seq 200002 $((200000 + $1))) || meets=200001
		printf '%s{ asn = %d; name = "Member %d"; max_prefix4 = %d; max_prefix6 = 20;\n' \
			"${comma-}" $((200000 + i)) $i $((50 + (i == 7 ? ${2:-0} : 0)))
		printf '  policy = "selective"; peer_with = [ %s ];\n' "${meets%, }"
		printf '  sites = ( { name = "s%d"; id = %d; underlay4 = "11.0.%d.%d";\n' $i $i $((i / 250)) $((i % 250 + 1))
		printf '  announce = [ "20.%d.%d.0/24", "21.%d.%d.0/24", "2a00:%x::/32" ]; } ); }\n' \
			$((i / 250)) $((i % 250)) $((i / 250)) $((i % 250)) $i
		local comma=', '
	done
	echo ');'
}

seconds_of() {
	local TIMEFORMAT='%R s wall, %U s CPU'
	{ time "$@" >/dev/null; } 2>&1
}

# CPU seconds BIRD has used, and its peak memory.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$1/stat"; }
peak_of() { awk '/VmHWM/ { printf "%.0f MB", $2 / 1024 }' "/proc/$1/status"; }

bench() {
	local peers=$1 conf=$work/$1.conf socket=$work/$1.ctl before
	make_list "$peers" >"$work/peers.cfg"
	echo "$peers peers"
	echo "  grix render:               $(seconds_of "$grix" render bird "$work/peers.cfg" --site s1 --standalone)"
	"$grix" render bird "$work/peers.cfg" --site s1 --standalone >"$conf"
	echo "  text:                      $(stat -c %s "$conf") bytes"
	echo "  bird -p:                   $(seconds_of bird -p -c "$conf")"
	ip netns exec "$ns" bird -f -c "$conf" -s "$socket" -P "$work/pid" 2>"$work/log" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		birdc -s "$socket" show status >/dev/null 2>&1 && break
		sleep 0.1
	done
	sleep 1
	echo "  start:                     $(cpu_of $pid) s CPU, $(peak_of $pid)"
	before=$(cpu_of $pid)
	echo "  configure, no change:      $(seconds_of birdc -s "$socket" configure) (birdc), $(cpu_of $pid) - $before s CPU (BIRD)"
	make_list "$peers" 1 >"$work/peers.cfg"
	"$grix" render bird "$work/peers.cfg" --site s1 --standalone >"$conf"
	before=$(cpu_of $pid)
	echo "  configure, one peer:       $(seconds_of birdc -s "$socket" configure) (birdc), $(cpu_of $pid) - $before s CPU (BIRD)"
	echo "  show protocols all:        $(seconds_of birdc -s "$socket" show protocols all '"gx_*"')"
	kill "$pid"
	wait "$pid" || true
	pid=
}

for peers in "${@:-1000 5000}"; do
	for n in $peers; do
		bench "$n"
	done
done
