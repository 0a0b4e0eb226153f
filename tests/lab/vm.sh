#!/bin/bash
# The kernel the other lab tests rely on.
. tests/lab/case.sh

makes_tunnels() {
	ip link add g4 type gre local 192.0.2.1 remote 192.0.2.2 ttl 64 && ip link add g6 type ip6gre local 2001:db8::1 remote 2001:db8::2
}

is_alone() { same "links with an address" "lo" "$(ip -br addr show up | cut -d' ' -f1)"; }

filters_protocol_47() { iptables-legacy -A OUTPUT -p 47 -j DROP && ip6tables-legacy -A OUTPUT -p 47 -j DROP; }

keeps_files() {
	[[ $(readlink -f /proc/1/exe) == */bash ]] || skip "a real host's kernel has no overlay of its own"
	same "the root's file system" overlayfs "$(stat -f -c %T /)"
	touch /etc/grix-lab-was-here || fail "nothing can be written"
}

it "gre and ip6gre tunnels can be made" makes_tunnels
it "the host's links are not seen" is_alone
it "protocol 47 can be filtered" filters_protocol_47
it "what is written stays in the guest's memory" keeps_files
done_testing
