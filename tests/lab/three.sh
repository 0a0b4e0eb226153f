# three - an exchange of three sites, up and Established: ams, fra and nyc of tests/lab/peers. Source it.
# Nothing here is a case; the tests that need the whole agent start with it.
. tests/lab/case.sh
. lab/inside/exchange.sh

bail() {
	echo "not ok - $1"
	tail -n 15 "$lab"/*/agent.log "$lab"/*/bird.log | sed 's/^/#   /'
	exit 1
}

three_up() {
	exchange_up "${1:-tests/lab/peers}" >"$LAB_TMP/up.log" 2>&1 || bail "the three sites start"
	exchange_wait 40 || bail "the three sites come up"
}

# says SITE CONDITION: jq over what the agent of SITE says
says() { statuses "$1" | jq -e ".[0] | $2" >/dev/null; }
shows() { statuses "$1" | jq -c ".[0] | $2"; }
link_is() { says "$1" ".links[] | select(.peer == \"$2\") | $3"; }
everything_up() {
	statuses >"$LAB_TMP/statuses"
	jq -e "$all_up" "$LAB_TMP/statuses" >/dev/null ||
		{ jq -c '.[] | [.site, .error, (.links[]? | [.link, .state, .reason, .kernel, (.bgp[] | values | .state, .info)])]' "$LAB_TMP/statuses"; false; }
}
# "gx-fra 12" a line, without those of the peers named
indexes() {
	local at=$1
	shift
	at "$at" ip -o link show | sed -n 's/^\([0-9]*\): \(gx-[^:@]*\).*/\2 \1/p' | grep -vE "^gx-(${*:-none}) " | sort
}
established_since() { shows "$1" "[.links[] | select(.peer != \"${2-}\") | .bgp[] | [.name, .since]]"; }
