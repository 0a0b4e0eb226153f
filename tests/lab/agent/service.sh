#!/bin/bash
# The agent as a service: what systemd hears of it, what Prometheus reads, and that it stays small.
. tests/lab/case.sh
ip link add wan type dummy
ip link set wan up
ip address add 192.0.2.1/32 dev wan
ip route add default dev wan

told=$LAB_TMP/told log=$LAB_TMP/agent.log peers=$LAB_TMP/peers
cp -r tests/lab/peers "$peers"
"$GRIX_BUILD/tests/lab/agent/notified" "$LAB_TMP/notify" "$told" 120 &
notified=$!
soon 5 test -S "$LAB_TMP/notify"

NOTIFY_SOCKET=$LAB_TMP/notify WATCHDOG_USEC=1000000 grix-agent --peers "$peers" --site ams --no-bird \
	--state "$LAB_TMP/state" --socket "$LAB_TMP/s.sock" --metrics 127.0.0.1:9862 2>"$log" &
agent=$!
trap 'kill $agent $notified 2>/dev/null' EXIT

heard() { grep -qE "^[0-9]+ $1" "$told"; }
times() { grep -cE "^[0-9]+ $1" "$told" || true; }
more_than() { (($(times "$2") > $1)); }

ready() {
	soon 10 heard 'READY=1$'
	soon 5 heard 'STATUS=.*link'
	[[ -d /sys/class/net/gx-fra && -d /sys/class/net/gx-nyc ]] || fail "READY before the tunnels are there"
}
it "systemd hears READY once the tunnels stand" ready

watched() {
	local first
	first=$(times WATCHDOG=1)
	soon 6 more_than $((first + 3)) WATCHDOG=1
}
it "the watchdog is fed" watched

# get PATH [METHOD]: status line, headers and body
get() {
	exec 3<>/dev/tcp/127.0.0.1/9862
	printf '%s %s HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n' "${2-GET}" "$1" >&3
	timeout 5 cat <&3
}

metrics() {
	local page
	page=$(get /metrics | tr -d '\r')
	[[ $page == "HTTP/1.1 200"* ]] || fail "${page%%$'\n'*}"
	for wanted in '# HELP grix_link_up ' '# TYPE grix_link_up gauge' 'grix_link_up{.*peer="fra".*} 0' \
		'grix_link_up{.*peer="nyc".*} 0' 'grix_peerlist_current.* 1'; do
		grep -qE "^$wanted" <<<"$page" || fail "no line '$wanted' in $page"
	done
}
it "Prometheus reads the links on loopback" metrics

others() {
	[[ $(get /etc/passwd | head -n 1) == "HTTP/1.1 404"* ]] || fail "another path: $(get /etc/passwd | head -n 1)"
	[[ $(get /metrics POST | head -n 1) == "HTTP/1.1 405"* ]] || fail "another method: $(get /metrics POST | head -n 1)"
}
it "other paths and methods are refused" others

reloads() {
	local ready before after
	ready=$(times READY=1)
	kill -HUP $agent
	soon 5 heard RELOADING=1
	soon 5 more_than "$ready" READY=1
	before=$(ls /proc/$agent/fd | wc -l)
	for ((i = 0; i < 20; i++)); do
		ready=$(times READY=1)
		kill -HUP $agent
		soon 5 more_than "$ready" READY=1
	done
	after=$(ls /proc/$agent/fd | wc -l)
	((after <= before)) || fail "$before descriptors before twenty reloads, $after after"
}
it "a reload is told, and twenty of them leak no descriptor" reloads

gone() { ! get /metrics | grep -q 'peer="nyc"'; }
leaves() {
	mv "$peers/nyc.cfg" "$LAB_TMP/"
	kill -HUP $agent
	soon 10 gone
	get /metrics | grep -q 'peer="fra"' || fail "fra is gone too"
	mv "$LAB_TMP/nyc.cfg" "$peers/"
}
it "a member that leaves takes its series along" leaves

# silent clients, and those that go away in the middle
nasty() {
	local i fds=()
	for ((i = 0; i < 40; i++)); do
		exec {fd}<>/dev/tcp/127.0.0.1/9862 || break
		fds+=($fd)
	done
	((${#fds[@]})) || fail "nobody listens"
	soon 5 grix status --socket "$LAB_TMP/s.sock"
	for fd in "${fds[@]}"; do exec {fd}>&-; done
	soon 15 metrics
}
it "forty silent clients of the page keep nobody from the status" nasty

stops() {
	kill $agent
	soon 5 heard STOPPING=1
	soon 2 test ! -d /proc/$agent/fd/0
	[[ -d /sys/class/net/gx-fra ]] || fail "the tunnel went with the agent"
}
it "the end is told, and the tunnels stay" stops
done_testing
