#!/bin/bash
# host.sh - diff, apply and down where the kernel or the rights for it are missing
# Runs in a network namespace of its own, so that nothing on this host is touched.
if [[ ${INSIDE-} != yes ]]; then
	[[ $(id -u) == 0 ]] || {
		echo "only root can make a network namespace"
		exit 77
	}
	exec env INSIDE=yes unshare --net -- "$0" "$@"
fi
. "$(dirname "$0")/tap.sh"
# the site's underlay addresses, which an apply insists on
ip link set lo up
ip addr add 192.0.2.1/24 dev lo
ip addr add 2001:db8:1::1/64 dev lo

# An ordinary user, without the rights that even a container's root has.
as_nobody() {
	code=0
	timeout 60 setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all \
		"$tmp/grix" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
}
chmod 755 "$tmp"
cp "$grix" "$tmp/grix"
cp -r peers "$tmp/list"

as_nobody apply "$tmp/list" --site ams
exits 77
says ""
one_line
err_has '^grix apply: .*(CAP_NET_ADMIN|root|GRE)'
it "apply_without_permission_says_what_is_missing"
as_nobody apply "$tmp/list" --site ams --json
exits 77
json '.ok == false and (.error | length) > 20'
it "and_says_it_in_json"
as_nobody diff "$tmp/list" --site ams
exits 2
silent
out_has '^add gx-fra: '
it "diff_needs_no_permission"
as_nobody apply "$tmp/list" --site ams --dry-run
exits 0
it "nor_does_a_dry_run"

if ip link add grix-probe type gre local 192.0.2.1 remote 192.0.2.2 2>/dev/null; then
	ip link del grix-probe
	echo "# this kernel has GRE: what happens without it is seen elsewhere"
else
	run apply peers --site ams
	exits 77
	says ""
	one_line
	err_has '^grix apply: this kernel has no gre tunnels.*modprobe'
	it "apply_without_gre_in_the_kernel_says_so"
	run apply peers --site ams --dry-run
	exits 77
	one_line
	cp "$tmp/out" "$tmp/dry"
	run diff peers --site ams
	exits 77
	one_line
	err_has '^grix diff: this kernel has no gre tunnels.*modprobe'
	cmp -s "$tmp/out" "$tmp/dry" || fault "$(diff "$tmp/dry" "$tmp/out")"
	it "diff_and_dry_run_print_the_same_lines"
	run diff peers --site ams --json
	exits 77
	json '.fabric == "test-ix" and .site == "ams" and .tried == false and all(.steps[]; .result == "planned" and .error == null) and .summary.links == 3'
	it "the_steps_are_json_when_asked"
	ip addr flush dev lo
	run diff peers --site ams
	exits 77
	err_has '^grix diff: this kernel has no gre tunnels.*modprobe'
	it "diff_without_gre_says_so_whatever_else_is_wrong"
fi

run down --site ams
exits 0
silent
says "0 links removed"
it "down_with_nothing_there_is_done"
run down --site ams --json
json '.ok and .steps == [] and .summary.removed == 0'
it "down_answers_in_json"
end
