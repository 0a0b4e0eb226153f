#!/bin/bash
# plan.sh - the plan as tables and JSON, and what a change of the list would do
. "$(dirname "$0")/tap.sh"

run plan peers
exits 0
silent
golden plan
it "the_plan_is_two_tables"
run plan peers --site ams
exits 0
silent
golden plan-site
it "the_plan_of_one_site_shows_its_links"

run plan peers --json
exits 0
silent
json 'keys_unsorted == ["fabric", "sites", "links"] and .fabric == "test-ix"'
json 'all(.sites[]; (["site", "member", "asn", "id", "lan4", "lan6"] - keys == []) and (.asn | type) == "number" and (.id | type) == "number")'
json '[.sites[] | {site, asn, id, lan4, lan6}][0] == {"site":"ams","asn":64501,"id":1,"lan4":"203.0.113.1","lan6":"2001:db8:113::1"}'
json '.sites | any(.asn == 4200000001)'
json 'all(.links[]; (["link", "mode", "mtu", "key", "a", "b"] - keys == []) and all(.a, .b; ["site", "ifname", "local", "lan4", "lan6"] - keys == []))'
json '[.links[].link] == ([.links[] | .a.site + "-" + .b.site])'
json 'all(.links[]; .a.site < .b.site)'
json '.links | any(.link == "ams-fra" and .mode == "gre" and .mtu == 1476 and .key == null and .a.local == "192.0.2.1" and .a.ifname == "gx-fra" and .b.ifname == "gx-ams")'
json '.links | any(.mode == "ip6gre" and .mtu == 1456 and .b.site == "osl")'
json 'all(.links[]; (.a.ifname | length) <= 15 and (.b.ifname | length) <= 15)'
it "the_json_of_the_plan_keeps_its_contract"

run plan peers --json --site tyo
json '(.links | length) == 2 and all(.links[]; .a.site == "tyo" or .b.site == "tyo")'
it "the_json_of_one_site_has_its_links_alone"

cp -r peers "$tmp/new"
run plan "$tmp/new" --against peers
exits 0
silent
it "nothing_changed_exits_with_0"
run plan "$tmp/new" --against peers --json
exits 0
json '(keys == ["changes", "sites"]) and .changes == [] and .sites == []'
it "nothing_changed_is_json_too"

rm "$tmp/new/delta.cfg"
sed -i 's/198.51.100.40/198.51.100.41/' "$tmp/new/charlie.cfg"
cat >"$tmp/new/echo.cfg" <<'CFG'
member = {
  asn = 64505;  name = "Echo";
  sites = ( { name = "par";  id = 77;  underlay4 = "192.0.2.77";  announce = [ "198.18.77.0/24" ]; } );
};
CFG
run plan "$tmp/new" --against peers
exits 2
silent
golden against
it "a_change_is_told_link_by_link_and_exits_with_2"
run plan "$tmp/new" --against peers --json
exits 2
json '[.changes[].change] | contains(["site leaves", "site joins", "link changed"])'
it "a_change_is_json_when_asked"
run plan "$tmp/new" --against peers --site par
exits 2
out_has par
! grep -q osl "$tmp/out" || fault "tells of others: $(<"$tmp/out")"
it "a_change_can_be_seen_for_a_site_that_only_the_new_list_has"
run plan "$tmp/new" --against peers --site osl
exits 2
out_has osl
it "and_for_one_that_only_the_old_list_has"
run plan "$tmp/new" --against peers --site nowhere
exits 64
one_line
it "but_not_for_one_that_neither_has"
run plan peers --against "$tmp/missing"
exits 65
says ""
err_has missing
it "a_missing_old_list_is_refused"
end
