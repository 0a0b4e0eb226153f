#!/bin/bash
# What is not ours stays as it is: the link that is in its way says so, the others come up.
. tests/lab/three.sh
exchange_plan tests/lab/peers && lab/inside/internet "$lab/plan.json" || bail "the Internet is made"
for site in "${sites[@]}"; do exchange_site "$site" && bird_start "$site"; done

# Before the agents start: at ams a device with our name, at fra a tunnel with our endpoints.
at ams ip link add gx-fra type dummy
at fra ip link add theirs type gre local 192.0.2.2 remote 192.0.2.3 ttl 9
at fra ip address add 10.9.9.9/32 dev theirs
theirs=$(at ams ip -d -o link show gx-fra; at fra ip -d -o link show theirs; at fra ip -o address show dev theirs)
for site in "${sites[@]}"; do agent_start "$site"; done

name_is_taken() {
	soon 20 link_is ams fra '.kernel == "conflict" and (.note | test("gx-fra"))'
	soon 20 link_is ams nyc '.kernel == "ok" and .state == "up"'
}
it "a foreign interface with our name is a conflict of that link alone" name_is_taken

endpoints_are_taken() {
	soon 20 link_is fra nyc '.kernel == "conflict" and (.note | test("theirs"))'
}
it "a foreign tunnel with our endpoints is a conflict of that link alone" endpoints_are_taken

untouched() { same "what is not ours" "$theirs" "$(at ams ip -d -o link show gx-fra; at fra ip -d -o link show theirs; at fra ip -o address show dev theirs)"; }
it "what is not ours is not touched" untouched

apply_says_so() {
	local status=0
	at ams grix apply "$lab/peers" --site ams >"$LAB_TMP/apply" 2>&1 || status=$?
	same "exit status" 1 $status
	grep -q gx-fra "$LAB_TMP/apply" || fail "$(<"$LAB_TMP/apply")"
	untouched
}
it "grix apply names the conflict and exits 1" apply_says_so

goes_away() {
	at ams ip link delete gx-fra
	at fra ip link delete theirs
	soon 40 everything_up
}
it "once the foreign ones are gone, the links come up by themselves" goes_away

down_removes_only_ours() {
	for site in "${sites[@]}"; do agent_kill "$site" TERM; done
	at nyc ip link add theirs type gre local 192.0.2.3 remote 192.0.2.77 ttl 9
	local before=$(indexes nyc)
	! at nyc grix down --site ams >"$LAB_TMP/down" 2>&1 || fail "nyc let go what leads to ams: $(<"$LAB_TMP/down")"
	same "our tunnels at nyc" "$before" "$(indexes nyc)"
	at nyc grix down --site nyc >"$LAB_TMP/down" 2>&1 || fail "$(<"$LAB_TMP/down")"
	same "our tunnels at nyc" "" "$(indexes nyc)"
	at nyc ip link show theirs >/dev/null || fail "theirs is gone"
}
it "grix down removes what carries our mark and is this site's, and nothing else" down_removes_only_ours
done_testing
