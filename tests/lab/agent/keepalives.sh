#!/bin/bash
# Keepalives of a running agent over real GRE: what comes from strangers, what clocks do, what stops.
# The one who forges sits on the router between ams and fra and uses their addresses.
. tests/lab/three.sh
three_up

forge() { ip netns exec internet-eu "$GRIX_BUILD/tests/lab/agent/forge" "$@"; }
# Its verdicts: the agent logs one line each.
verdicts() { grep -c 'live: ams-fra: ' "$lab/$1/agent.log"; }
both_verdicts() { echo "$(verdicts ams) $(verdicts fra)"; }
sound() { link_is "$1" "$2" '.state == "up" and .to == "arrives" and .from == "arrives"
	and .rtt_ms > 5 and .rtt_ms < 300 and ([.bgp[].state] | all(. == "Established"))'; }
same_agents() { kill -0 "$(<"$lab/ams/agent.pid")" "$(<"$lab/fra/agent.pid")"; }
tape=$LAB_TMP/tape
block() { ip netns exec internet-eu iptables-legacy -A FORWARD -p 47 "$@" -j DROP; }
mend() { ip netns exec internet-eu iptables-legacy -F FORWARD; }

# unmoved COMMAND...: neither end of ams-fra gave a verdict while it ran, nor in the second after
unmoved() {
	local before
	before=$(both_verdicts)
	"$@" || fail "failed: $*"
	rest 1.5
	same "verdicts of ams and fra" "$before" "$(both_verdicts)"
	same_agents || fail "an agent is gone"
	sound ams fra || fail "ams: $(shows ams '.links[] | select(.peer == "fra")')"
	sound fra ams || fail "fra: $(shows fra '.links[] | select(.peer == "ams")')"
}

steady() { soon 20 sound ams fra && soon 20 sound fra ams; }
recorded() {
	local n
	n=$(forge record "$tape" 3000 192.0.2.1 192.0.2.2) || fail "nothing recorded"
	((n > 30)) || fail "only $n packets recorded"
}
it "keepalives pass by the router" recorded
it "malformed, cut, padded and routed keepalives move nothing" unmoved forge mutate "$tape" 800 2
it "keepalives sent again while the link is up move nothing" unmoved forge replay "$tape" 300 5
it "tests from the future move nothing" unmoved forge future "$tape" 100 5

is_down() { link_is "$1" "$2" ".state == \"down\" and (.reason | test(\"$3\"))"; }
loss_is_sound() { says "$1" '.links | all(.lost_to + .lost_from <= .lost and .lost <= .sent)'; }

dead_stays_dead() {
	local replay end
	steady
	forge replay "$tape" 3000 4 >/dev/null &
	replay=$!
	trap 'kill $replay 2>/dev/null; mend' EXIT
	block
	soon 4 is_down ams fra 'nothing heard from fra for 3 intervals; fra->ams is lost, or fra is down'
	soon 4 is_down fra ams 'nothing heard from ams for 3 intervals; ams->fra is lost, or ams is down'
	end=$((SECONDS + 5))
	while ((SECONDS < end)); do
		is_down ams fra nothing || fail "ams: $(shows ams '.links[] | select(.peer == "fra")')"
		is_down fra ams nothing || fail "fra: $(shows fra '.links[] | select(.peer == "ams")')"
		rest 0.5
	done
	kill -0 $replay || fail "the replay ended too early to prove anything"
}
it "a recording played over a dead link does not make it live" dead_stays_dead

healed() {
	mend
	soon 40 everything_up
	loss_is_sound ams && loss_is_sound fra || fail "losses: $(shows ams '.links')"
}
it "and it heals when the way is open again" healed

one_way() {
	trap mend EXIT
	block -s 192.0.2.1 -d 192.0.2.2
	soon 4 is_down ams fra 'no reply for 3 intervals; fra->ams arrives, ams->fra is lost'
	soon 4 is_down fra ams 'nothing heard from ams for 3 intervals; ams->fra is lost, or ams is down'
	link_is ams fra '.to == "lost" and .from == "arrives"' || fail "$(shows ams '.links[] | [.to, .from]')"
	mend
	soon 40 everything_up
}
it "a way lost in one direction is named at both ends, and heals" one_way

# Only this kernel's clock may be stepped, never that of a host.
stepped() {
	local now=${EPOCHSECONDS}
	date -s "@$((now + $1))" >/dev/null
}
step_and_back() {
	grep -q 'User Mode Linux' /proc/cpuinfo || skip "the clock of a real host is left alone"
	steady
	unmoved stepped 3600
	unmoved stepped -7200
	unmoved stepped 3600
	loss_is_sound ams || fail "losses: $(shows ams '.links')"
	shows ams '.links[] | select(.since_s < 0 or .since_s > 600)' | grep . && fail "since when, it cannot say"
	true
}
it "a clock stepped by an hour, on and back, moves nothing" step_and_back

stopped() {
	local before
	steady
	before=$(grep -c -- '-> down' "$lab/ams/agent.log")
	agent_kill ams STOP
	trap 'agent_kill ams CONT' EXIT
	rest 3
	agent_kill ams CONT
	rest 1.5
	same "times ams called a link down" "$before" "$(grep -c -- '-> down' "$lab/ams/agent.log")"
	soon 40 everything_up
}
it "an agent that was stopped for three seconds does not blame its peers" stopped
done_testing
