#!/bin/bash
# The peer list changes under running agents: one peer's change leaves all others alone, a bad list changes nothing.
# seconds: 300
. tests/lab/three.sh
three_up
hup_all() { for site in "${sites[@]}"; do agent_kill "$site" HUP; done; }

peer_changes() {
	local tunnels sessions
	tunnels=$(indexes ams) sessions=$(established_since ams nyc)
	sed -i 's/asn = 64503;/asn = 64503;  max_prefix4 = 77;/' "$lab/peers/nyc.cfg"
	hup_all
	soon 20 grep -q 'limit 77' "$lab"/ams/generated/*nyc*
	rest 2
	same "tunnels" "$tunnels" "$(indexes ams)"
	same "sessions with fra" "$sessions" "$(established_since ams nyc)"
	soon 20 everything_up
}
it "a change of one peer leaves every other tunnel and session alone" peer_changes

folder_is_watched() {
	sed -i 's/max_prefix4 = 77/max_prefix4 = 78/' "$lab/peers/nyc.cfg"
	soon 30 grep -q 'limit 78' "$lab"/ams/generated/*nyc*
}
it "a changed file is noticed without a signal" folder_is_watched

faulty() {
	local tunnels sessions
	tunnels=$(indexes ams) sessions=$(established_since ams)
	cp "$lab/peers/nyc.cfg" "$LAB_TMP/nyc.cfg"
	sed -i 's/underlay4 = "192.0.2.3"/underlay4 = "192.0.2.333"/' "$lab/peers/nyc.cfg"
	hup_all
	soon 20 says ams '.peerlist.state == "last good" and (.peerlist.faults[0] | test("nyc.cfg:[0-9]+:.*192.0.2.333"))'
	same "tunnels" "$tunnels" "$(indexes ams)"
	same "sessions" "$sessions" "$(established_since ams)"
}
it "a faulty list keeps the last good one, and the fault is shown with file and line" faulty

restart_with_faulty() {
	local tunnels
	tunnels=$(indexes ams)
	agent_kill ams KILL
	agent_start ams
	soon 20 says ams '.peerlist.state == "last good"'
	soon 20 everything_up
	same "tunnels" "$tunnels" "$(indexes ams)"
}
it "an agent that starts with a faulty list starts from the last good one on disk" restart_with_faulty

starts_without() {
	local status=0
	at fra timeout 10 grix-agent --peers "$lab/peers" --site fra --state "$LAB_TMP/none" --no-bird --socket "$LAB_TMP/s.sock" \
		--metrics none >"$LAB_TMP/out" 2>&1 || status=$?
	same "exit status" 65 $status
	grep -q '192.0.2.333' "$LAB_TMP/out" || fail "the fault is not named: $(<"$LAB_TMP/out")"
}
it "an agent without any good list exits 65 and names the fault" starts_without

good_again() {
	cp "$LAB_TMP/nyc.cfg" "$lab/peers/nyc.cfg"
	hup_all
	soon 20 says ams '.peerlist.state == "current" and .peerlist.faults == []'
}
it "the corrected list is current again" good_again

emptied() {
	local tunnels
	tunnels=$(indexes ams)
	mkdir "$LAB_TMP/away"
	mv "$lab/peers"/*.cfg "$LAB_TMP/away/"
	hup_all
	soon 20 says ams '.peerlist.state == "last good"'
	same "tunnels" "$tunnels" "$(indexes ams)"
	mv "$LAB_TMP/away"/*.cfg "$lab/peers/"
	hup_all
	soon 20 says ams '.peerlist.state == "current"'
}
it "an empty folder removes nothing" emptied

most_leave() {
	mkdir -p "$LAB_TMP/away"
	mv "$lab/peers/nyc.cfg" "$lab/peers/fra.cfg" "$LAB_TMP/away/"
	agent_kill ams HUP
	rest 3
	same "tunnels at ams" 2 "$(indexes ams | grep -c gx-)"
	shows ams '[.peerlist, .kernel.problems]' | grep -qi 'force' || fail "nothing says how to go on: $(shows ams '[.peerlist, .kernel]')"
	mv "$LAB_TMP/away"/*.cfg "$lab/peers/"
	hup_all
	soon 30 everything_up
}
it "a list that would remove more than half of the links asks for --force" most_leave

member_leaves_and_joins() {
	local tunnels
	tunnels=$(indexes ams nyc)
	mv "$lab/peers/nyc.cfg" "$LAB_TMP/away/"
	agent_kill ams HUP
	agent_kill fra HUP
	soon 20 grep -vq nyc <(indexes ams)
	soon 20 says ams '(.links | length) == 1'
	same "the other tunnel" "$tunnels" "$(indexes ams nyc)"
	mv "$LAB_TMP/away/nyc.cfg" "$lab/peers/"
	agent_kill ams HUP
	agent_kill fra HUP
	soon 40 everything_up
	same "the other tunnel" "$tunnels" "$(indexes ams nyc)"
}
it "a member leaves and joins again, the others stay as they are" member_leaves_and_joins
done_testing
