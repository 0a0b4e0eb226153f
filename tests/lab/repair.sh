#!/bin/bash
# What others do to tunnels behind a running agent's back is put right, and only that.
# seconds: 400
. tests/lab/three.sh
three_up

right() { at ams ip -d -o link show gx-fra up 2>/dev/null | grep -q "gre remote 192.0.2.2 local 192.0.2.1 ttl 64 " &&
	at ams ip -o link show gx-fra | grep -q 'mtu 1476 .*alias grix lab-ix ams-fra$' &&
	at ams ip -o -4 address show dev gx-fra | grep -q '203.0.113.1 peer 203.0.113.2/32' &&
	at ams ip -o -6 address show dev gx-fra | grep -q '2001:db8:113::1 peer 2001:db8:113::2/128' &&
	at ams ip -6 route get 2001:db8:113::2 | grep -q 'dev gx-fra' &&
	at ams ip route get 203.0.113.2 | grep -q 'dev gx-fra'; }

# repaired COMMAND...: the harm is done at ams; the tunnel is right again, the other one was not touched
repaired() {
	local others same=$1
	shift
	others=$(indexes ams fra)
	before=$(indexes ams nyc)
	right || fail "the tunnel is not right before: $(at ams ip -d address show gx-fra)"
	at ams "$@" || fail "cannot do harm: $*"
	soon 75 right
	same "index of the other tunnel" "$others" "$(indexes ams fra)"
	[[ $same == new ]] || same "index of this tunnel" "$before" "$(indexes ams nyc)"
	soon 75 everything_up
}

it "a deleted tunnel is made again" repaired new ip link delete gx-fra
it "a downed tunnel goes up again" repaired same ip link set gx-fra down
it "a lost IPv4 address comes back" repaired same ip address del 203.0.113.1 peer 203.0.113.2 dev gx-fra
it "a lost IPv6 address comes back" repaired same ip address del 2001:db8:113::1 peer 2001:db8:113::2 dev gx-fra
it "all addresses flushed come back" repaired same ip address flush dev gx-fra
it "a changed MTU is set again" repaired same ip link set gx-fra mtu 1400
it "a changed remote is set again" repaired same ip link set gx-fra type gre remote 192.0.2.99 local 192.0.2.1 ttl 64
it "a changed ttl is set again" repaired same ip link set gx-fra type gre remote 192.0.2.2 local 192.0.2.1 ttl 7
it "a key nobody asked for goes" repaired same ip link set gx-fra type gre remote 192.0.2.2 local 192.0.2.1 ttl 64 key 7

renamed() {
	local others
	others=$(indexes ams fra)
	at ams ip link set gx-fra down
	at ams ip link set gx-fra name gx-stolen
	soon 75 right
	! at ams ip link show gx-stolen >/dev/null 2>&1 || fail "gx-stolen is still there"
	same "index of the other tunnel" "$others" "$(indexes ams fra)"
	soon 75 everything_up
}
it "a renamed tunnel gets its name back" renamed

strange_address() {
	at ams ip address add 198.51.100.77/32 dev gx-fra
	rest 2
	right || fail "the tunnel is not right"
	at ams ip -o address show dev gx-fra
	at ams ip address del 198.51.100.77/32 dev gx-fra 2>/dev/null
	true
}
it "an address that someone else adds does no harm" strange_address

setting() { same "$1" "$2" "$(at ams cat "/proc/sys/net/$1")"; }
setting_comes_back() {
	local before
	before=$(at ams cat /proc/sys/net/ipv4/conf/gx-fra/rp_filter)
	at ams sh -c 'echo 1 >/proc/sys/net/ipv4/conf/gx-fra/rp_filter'
	soon 70 setting ipv4/conf/gx-fra/rp_filter "$before"
}
it "reverse path filtering of a tunnel is put back" setting_comes_back

storm() {
	local i
	for i in 1 2 3 4 5; do
		at ams ip link delete gx-fra
		rest 0.3
	done 2>/dev/null
	soon 90 right
	soon 90 everything_up
}
it "a tunnel that is deleted again and again comes back in the end" storm
done_testing
