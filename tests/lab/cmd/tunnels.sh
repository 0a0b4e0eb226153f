#!/bin/bash
# tunnels.sh - diff, apply and down on real tunnels, in a kernel that has GRE (tests/lab/README.md)
export TMPDIR=$LAB_TMP
set -- "$GRIX_BUILD/src/cmd/grix"
. "$(dirname "$0")/../../cmd/tap.sh"

underlay() {
	ip link add underlay type dummy
	ip addr add 192.0.2.1/24 dev underlay
	ip addr add 2001:db8:1::1/64 dev underlay nodad
	ip link set lo up
	ip link set underlay up
	ip route add default via 192.0.2.254
}
ours() { ip -o link show | grep -o ' gx-[a-z0-9-]*' | sort | tr -d '\n'; }
indexes() { ip -o link show | sed -n 's/^\([0-9]*\): \(gx-[^@:]*\).*/\2 \1/p' | sort; }
underlay

run diff peers --site ams
exits 2
cp "$tmp/out" "$tmp/diff-lines"
run apply peers --site ams --dry-run
exits 0
cmp -s "$tmp/out" "$tmp/diff-lines" || fault "$(diff "$tmp/diff-lines" "$tmp/out")"
[[ -z $(ours) ]] || fault "a dry run made $(ours)"
it "a_dry_run_prints_the_lines_of_diff_and_makes_nothing"

run apply peers --site ams
exits 0
silent
out_has '^3 links: 0 as planned, 0 changed, 3 made'
head -n -1 "$tmp/diff-lines" | sed 's/$/: done/' >"$tmp/want"
head -n -1 "$tmp/out" >"$tmp/have"
cmp -s "$tmp/want" "$tmp/have" || fault "$(diff "$tmp/want" "$tmp/have")"
[[ $(ours | wc -w) == 3 ]] || fault "made:$(ours)"
it "apply_prints_the_same_lines_with_what_became_of_them"

run apply peers --site ams
exits 0
says "3 links: 3 as planned, 0 changed"
run diff peers --site ams
exits 0
says "3 links: 3 as planned, 0 to change"
it "apply_again_has_nothing_to_do"

echo 0 >/proc/sys/net/ipv4/ip_forward
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
run apply peers --site ams
umount /proc/sys
exits 1
out_has '^set net/ipv4/ip_forward = 1: .*: failed$'
out_has '^3 links: 0 as planned, 3 changed; 1 setting not written$'
complains "grix apply: set net/ipv4/ip_forward = 1: failed: Read-only file system"
run apply peers --site ams
exits 0
out_has '^3 links: 3 as planned, 0 changed; 1 setting$'
it "a_setting_that_cannot_be_written_is_told_on_stderr"

before=$(indexes)
ip link set gx-fra mtu 1400
run diff peers --site ams --json
exits 2
json '.steps | length == 1 and .[0].link == "ams-fra" and (.[0].text | test("1400"))'
run apply peers --site ams --json
exits 0
json '.ok and .tried and .steps[0].result == "done" and .summary == {"links":3,"as_planned":2,"changed":1,"made":0,"removed":0,"failed":0,"conflicts":0,"notes":0,"settings":0,"settings_failed":0}'
[[ $(indexes) == "$before" ]] || fault "interfaces were: $before; are: $(indexes)"
it "one_altered_link_is_put_right_in_place"

cp -r peers "$tmp/moved"
sed -i 's/198.51.100.40/198.51.100.41/' "$tmp/moved/charlie.cfg"
run apply "$tmp/moved" --site ams
exits 0
out_has '^change gx-tyo: .*198\.51\.100\.40 -> 198\.51\.100\.41.*: done$'
out_has '^3 links: 2 as planned, 1 changed$'
[[ $(indexes) == "$before" ]] || fault "interfaces were: $before; are: $(indexes)"
run apply peers --site ams
exits 0
it "a_peer_that_moved_changes_its_own_link_in_place"

ip link del gx-tyo
ip link add gx-tyo type dummy
run apply peers --site ams
exits 1
err_has '^grix apply: ams-tyo: .*gx-tyo'
out_has '^3 links: 2 as planned, 0 changed, 1 conflict'
[[ $(ip -d -o link show gx-tyo) == *dummy* ]] || fault "the foreign interface is gone"
it "a_foreign_interface_fails_its_link_alone_and_stays"
ip link del gx-tyo
run apply peers --site ams
exits 0

ip route add 198.51.100.40/32 dev gx-fra
before=$(indexes)
run diff peers --site ams
exits 2
says "3 links: 3 as planned, 0 to change; 1 cannot work"
one_line
err_has '^grix diff: ams-tyo: .*198\.51\.100\.40 is routed into the tunnel gx-fra.*left in place'
run diff peers --site ams --json
exits 2
json '.steps == [] and .conflicts == [] and .summary.notes == 1 and .notes[0].link == "ams-tyo" and (.notes[0].text | test("gx-fra"))'
run apply peers --site ams
exits 1
err_has '^grix apply: ams-tyo: .*routed into the tunnel gx-fra'
[[ $(indexes) == "$before" ]] || fault "interfaces were: $before; are: $(indexes)"
ip route del 198.51.100.40/32 dev gx-fra
run apply peers --site ams
exits 0
it "a_route_learnt_later_that_leads_a_tunnel_into_a_tunnel_is_told_and_the_tunnel_stays"

cp -r peers "$tmp/less"
rm "$tmp/less/bravo.cfg" "$tmp/less/charlie.cfg" "$tmp/less/delta.cfg"
run apply "$tmp/less" --site ams
exits 1
says ""
one_line
err_has 'remove 2 of the 3 links.*--force'
[[ $(ours | wc -w) == 3 ]] || fault "left:$(ours)"
it "a_list_that_lost_most_of_its_members_is_refused"
run apply "$tmp/less" --site ams --dry-run
exits 1
err_has -- '--force'
out_has '^1 link: 1 as planned, 0 to change, 2 to remove$'
it "and_a_dry_run_says_so"
run apply "$tmp/less" --site ams --force
exits 0
[[ $(ours) == " gx-fra" ]] || fault "left:$(ours)"
it "unless_forced"

ip link del gx-fra
"$grix" apply peers --site ams 2>"$tmp/err" | head -n 1 >"$tmp/out"
silent
[[ $(ours | wc -w) == 3 ]] || fault "made only:$(ours)"
it "apply_goes_on_to_its_end_when_nobody_reads"

mkdir -p /run/grix
agent_at() { # agent_at SOCKET ANSWER
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    c, _ = s.accept()
    c.recv(100)
    c.sendall(sys.argv[2].encode())
    c.close()' "$@" &
	agent=$!
	for _ in {1..100}; do [[ -S $1 ]] && break || sleep 0.1; done
}
refused_for_its_agent() {
	run down --site ams
	exits 1
	one_line
	err_has 'grix-agent runs for site ams.*--force'
	[[ $(ours | wc -w) == 3 ]] || fault "left:$(ours)"
	kill $agent
	rm -f /run/grix/*.sock
}
agent_at /run/grix/ams.sock "{}"
refused_for_its_agent
agent_at /run/grix/own-name.sock "$(jq '.site = "ams" | .fabric = "test-ix"' status/well.json)"
refused_for_its_agent
it "down_while_an_agent_runs_is_refused"

ip link add gx-mine type gre local 192.0.2.1 remote 192.0.2.99
run down --site osl
exits 1
one_line
err_has '^grix down: gx-.*test-ix.* is no tunnel of site osl: .*Nothing was changed$'
it "down_on_the_wrong_host_is_refused"
run down --site ams --dry-run
exits 0
out_has '^3 links to remove$'
[[ $(ours | wc -w) == 4 ]] || fault "left:$(ours)"
it "down_can_be_tried_dry"
ip link set gx-mine alias "grix other-ix ams-zzz"
run down --site ams
exits 64
err_has 'other-ix.*--fabric|--fabric'
it "down_asks_which_exchange_when_there_are_two"
run down --site ams --fabric test-ix
exits 0
silent
out_has '^3 links removed$'
[[ $(ours) == " gx-mine" ]] || fault "left:$(ours)"
it "down_removes_what_is_ours_and_nothing_else"

ip addr add 2001:db8:5::1/64 dev underlay nodad
ip -6 route add default via 2001:db8:5::fe dev underlay
run apply peers --site osl
exits 0
out_has '^1 link: 0 as planned, 0 changed, 1 made'
[[ $(ip -d -o link show gx-nycbr-xkxfe7) == *ip6gre*encaplimit*none* ]] || fault "$(ip -d -o link show type ip6gre)"
run apply peers --site osl
says "1 link: 1 as planned, 0 changed"
it "a_site_without_ipv4_gets_its_tunnels_over_ipv6"
rm -f /run/grix/*.sock
run status
exits 69
one_line
err_has 'no agent runs here'
it "status_says_when_no_agent_of_the_host_is_there"
# Sockets that dead agents left behind: one is asked, of several one has to be named.
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/grix/ams.sock")'
run status
exits 69
err_has '/run/grix/ams.sock: no agent answers'
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/grix/fra.sock")'
run status
exits 64
err_has '2 agents.*--site'
run status --site fra
exits 69
err_has '/run/grix/fra.sock'
it "status_asks_the_one_agent_or_the_one_that_is_named"
end
