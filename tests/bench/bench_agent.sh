#!/bin/bash
# bench_agent - what the agent costs with 1,000 links that are up: resident memory and processor time.
#   lab/vm -t 300 tests/bench/bench_agent.sh BUILD [LINKS [SECONDS [INTERVAL...]]]      (1000 20 1s 100ms)
# The agent of one site, as it is, with real GRE tunnels; without BIRD. Its peers are one program in
# another namespace, which answers every keepalive and sends as many of its own (peers_of_one.c). It runs
# on the same processor. Prints figures; nothing passes or fails, unless the links do not come up.
set -euo pipefail
build=$(readlink -f "$1")
links=${2:-1000} seconds=${3:-20} first=${4:-1s}
if (($# > 4)); then shift 4; else set -- 100ms; fi
work=$(mktemp -d) us=grix-bench-us-$$ them=grix-bench-them-$$ agent= peers=
cleanup() {
	[[ -z $agent ]] || kill -KILL "$agent" 2>/dev/null || true
	[[ -z $peers ]] || kill -KILL "$peers" 2>/dev/null || true
	ip netns del "$us" 2>/dev/null || true
	ip netns del "$them" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
mkfifo "$work/nothing" "$work/open"
rest() { read -rt "$1" <>"$work/nothing" || true; }

# Everybody meets the first alone. make_list INTERVAL
make_list() {
	local i comma= meets
	{
		echo 'fabric = { name = "bench"; lan4 = "100.64.0.0/16"; lan6 = "2001:db8:113::/64";'
		echo "  liveness = { interval = \"$1\"; }; };"
		echo 'members = ('
		for ((i = 1; i <= links + 1; i++)); do
			((i == 1)) && printf -v meets '%s, ' $(seq 200002 $((200001 + links))) || meets=200001
			printf '%s{ asn = %d; name = "Member %d"; policy = "selective"; peer_with = [ %s ];\n' \
				"$comma" $((200000 + i)) $i "${meets%, }"
			printf '  sites = ( { name = "s%d"; id = %d; underlay4 = "11.0.%d.%d";\n' $i $i $((i / 250)) $((i % 250 + 1))
			printf '  announce = [ "20.%d.%d.0/24" ]; } ); }\n' $((i / 250)) $((i % 250))
			comma=', '
		done
		echo ');'
	} >"$work/peers.cfg.new"
	mv "$work/peers.cfg.new" "$work/peers.cfg"
}

ip netns add "$us"
ip netns add "$them"
ip -n "$us" link add underlay type veth peer name wire netns "$them"
ip -n "$us" -batch - <<-END
	link set lo up
	link set underlay up
	addr add 11.0.0.2/32 peer 192.0.2.254/32 dev underlay
	route add default via 192.0.2.254
END
ip -n "$them" -batch - <<-END
	link set wire up
	addr add 192.0.2.254/32 peer 11.0.0.2/32 dev wire
END
ip netns exec "$them" "$build/tests/bench/peers_of_one" wire <>"$work/open" &
peers=$!
disown
make_list "$first"
ip netns exec "$us" "$build/src/cmd/grix-agent" --peers "$work/peers.cfg" --site s1 --state none \
	--no-bird --metrics none --socket "$work/agent.sock" >"$work/agent.log" 2>&1 </dev/null &
agent=$!
disown

status() { "$build/src/cmd/grix" status --json --socket "$work/agent.sock" 2>/dev/null; }
up() { status | jq '[(.links // [])[] | select(.state == "up")] | length' || echo 0; }
# wait_up SECONDS
wait_up() {
	local end=$((SECONDS + $1))
	until [[ $(up) == "$links" ]]; do
		((SECONDS < end)) || return 1
		rest 1
	done
}

# Nanoseconds on a processor, all threads.
cpu_ns() { cat /proc/"$agent"/task/*/schedstat | { n=0; while read -r ns _; do n=$((n + ns)); done; echo $n; }; }
memory() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$agent/status"; }
counts() { status | jq -r '[(.links | map(.sent) | add), (.links | map(.answered) | add), (.links | map(.lost) | add)] | @tsv'; }

# measure INTERVAL
measure() {
	local sent answered lost sent2 answered2 lost2 ns start took
	rest 2
	read -r sent answered lost < <(counts)
	ns=$(cpu_ns) start=${EPOCHREALTIME/./}
	rest "$seconds"
	ns=$(($(cpu_ns) - ns)) took=$((${EPOCHREALTIME/./} - start))
	read -r sent2 answered2 lost2 < <(counts)
	awk -v n="$links" -v every="$1" -v ns=$ns -v us=$took -v rss="$(memory VmRSS)" -v hwm="$(memory VmHWM)" \
		-v sent=$((sent2 - sent)) -v answered=$((answered2 - answered)) -v lost=$((lost2 - lost)) -v up="$(up)" 'BEGIN {
		printf "%d links, %d up, a keepalive each %s: %.1f MB resident (at most %.1f), ", n, up, every, rss / 1024, hwm / 1024
		printf "%.1f %% of a processor over %.1f s; %d sent, %d answered, %d lost\n", ns / us / 10, us / 1e6, sent, answered, lost }'
}

wait_up 90 || { echo "only $(up) of $links links came up"; tail -n 5 "$work/agent.log"; exit 1; }
measure "$first"
for interval in "$@"; do
	make_list "$interval"
	kill -HUP "$agent"
	rest 2
	wait_up 30 || echo "not all links are up at $interval: this machine does not do agent, peers and wire at once"
	measure "$interval"
done
