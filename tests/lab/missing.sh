#!/bin/bash
# Without the right, or without GRE in the kernel: exit 77 and a sentence.
. tests/lab/case.sh
agent=(grix-agent --peers tests/lab/peers --site ams --state "$LAB_TMP/state" --no-bird --metrics none --socket "$LAB_TMP/s.sock")
ip link add wan type dummy
ip link set wan up
ip address add 192.0.2.1/32 dev wan
ip route add default dev wan

# says_77 PATTERN COMMAND...
says_77() {
	local pattern=$1 status=0
	shift
	timeout 20 "$@" >"$LAB_TMP/out" 2>&1 || status=$?
	[[ $status == 77 ]] || fail "exit status $status: $(<"$LAB_TMP/out")"
	grep -qE "$pattern" "$LAB_TMP/out" || fail "no sentence about '$pattern': $(<"$LAB_TMP/out")"
}
bare=(setpriv --bounding-set -all --inh-caps -all --reuid 65534 --regid 65534 --clear-groups)

it "grix apply without CAP_NET_ADMIN exits 77 and says so" says_77 'CAP_NET_ADMIN|root' "${bare[@]}" grix apply tests/lab/peers --site ams
it "grix-agent without capabilities exits 77 and says so" says_77 'CAP_NET_ADMIN|CAP_NET_RAW|root' "${bare[@]}" "${agent[@]}"

with_two_capabilities() {
	local pid
	chmod 777 "$LAB_TMP"
	setpriv --bounding-set -all,+net_admin,+net_raw --inh-caps -all,+net_admin,+net_raw --ambient-caps -all,+net_admin,+net_raw \
		--reuid 65534 --regid 65534 --clear-groups "${agent[@]}" >"$LAB_TMP/out" 2>&1 &
	pid=$!
	soon 10 ip link show gx-fra
	kill $pid
	wait $pid || true
	grix down --site ams >/dev/null
}
it "grix-agent runs with CAP_NET_ADMIN and CAP_NET_RAW only" with_two_capabilities

without_gre() {
	[[ $(readlink -f /proc/1/exe) == */bash ]] || skip "the modules of a real host are left alone"
	rmmod ip6_gre ip_gre gre || skip "the modules cannot be unloaded here"
	echo /bin/false >/proc/sys/kernel/modprobe
	says_77 'GRE|gre' grix apply tests/lab/peers --site ams
	says_77 'GRE|gre' "${agent[@]}"
}
it "a kernel without GRE: exit 77 and a sentence" without_gre
done_testing
