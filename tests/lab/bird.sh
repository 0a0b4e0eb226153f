#!/bin/bash
# BIRD absent, dying, refusing: tunnels and keepalives do not care, and everything returns.
. tests/lab/three.sh
exchange_plan tests/lab/peers && lab/inside/internet "$lab/plan.json" || bail "the Internet is made"
for site in "${sites[@]}"; do
	exchange_site "$site"
	[[ $site == ams ]] || bird_start "$site"
	agent_start "$site"
done
tunnels_up() { says "$1" '.kernel.links_ok == .kernel.links_wanted and .kernel.links_wanted > 0 and all(.links[]; .state == "up")'; }
generated() { (cd "$lab/$1/generated" && sha256sum -- * 2>/dev/null); }

absent() {
	soon 30 tunnels_up ams
	soon 10 says ams '.bird.state == "absent"'
}
it "without BIRD the tunnels come up and the agent says that BIRD is absent" absent

arrives() {
	bird_start ams
	soon 40 everything_up
}
it "when BIRD starts later, the sessions come up" arrives

dies() {
	local before
	before=$(indexes ams)
	bird_kill ams KILL
	soon 15 says ams '.bird.state == "absent"'
	soon 5 tunnels_up ams
	same "tunnels" "$before" "$(indexes ams)"
	bird_start ams
	soon 60 everything_up
}
it "BIRD killed and started again gets its sessions back" dies

# The admin's own part of bird.conf claims a name of the generated part: BIRD refuses the whole.
refuses() {
	local before tunnels
	before=$(generated ams)
	tunnels=$(indexes ams)
	cp "$lab/ams/bird.conf" "$LAB_TMP/bird.conf"
	printf 'define gx_own_as = 1;\n' >>"$lab/ams/bird.conf"
	sed -i 's/name = "Member of fra"/name = "Renamed member of fra"/' "$lab/peers/fra.cfg"
	agent_kill ams HUP
	soon 20 says ams '.bird.state == "refused" and (.bird.text | length) > 0'
	same "files of BIRD" "$before" "$(generated ams)"
	same "tunnels" "$tunnels" "$(indexes ams)"
	same "sessions Established at ams" 4 "$(at ams birdc show protocols | grep -c Established)"
}
it "a configuration that BIRD refuses: the old files come back, tunnels and sessions stay" refuses

accepts_again() {
	cp "$LAB_TMP/bird.conf" "$lab/ams/bird.conf"
	agent_kill ams HUP
	soon 30 says ams '.bird.state == "running" and .bird.files == "current"'
	grep -q "Renamed member of fra" "$lab/ams/generated"/* || fail "the new list is not in BIRD's files"
	soon 20 everything_up
}
it "once BIRD accepts it, the new configuration is loaded" accepts_again

nothing_changed() {
	local before
	before=$(established_since ams)
	agent_kill ams HUP
	rest 2
	same "sessions" "$before" "$(established_since ams)"
	same "reconfigurations" "$(grep -c Reconfigur "$lab/ams/bird.log")" "$(agent_kill ams HUP; rest 2; grep -c Reconfigur "$lab/ams/bird.log")"
}
it "a list that did not change does not reconfigure BIRD" nothing_changed
done_testing
