#!/bin/bash
# The lab to play with: lab/up, lab/exec, lab/down.
# where: host
. tests/lab/case.sh
export GRIX_LAB_STATE=$LAB_TMP/state
trap 'lab/down 2>/dev/null' EXIT

comes_up() {
	lab/up tests/lab/peers >"$LAB_TMP/up" 2>&1 || fail "$(<"$LAB_TMP/up")"
	grep -q '3 sites are up.*: ams fra nyc' "$LAB_TMP/up" || fail "$(<"$LAB_TMP/up")"
}
it "lab/up brings up the sites of the peer list given" comes_up

again() {
	lab/up tests/lab/peers >"$LAB_TMP/up" 2>&1 || fail "$(<"$LAB_TMP/up")"
	! lab/up peers >>"$LAB_TMP/up" 2>&1 || fail "another list was taken: $(<"$LAB_TMP/up")"
	same "what it says" "up: it is up already; lab/down ends it
up: the lab is up with $PWD/tests/lab/peers; end it first: lab/down" "$(<"$LAB_TMP/up")"
}
it "lab/up again changes nothing and says so" again

established() { lab/exec ams grix status --check; }
it "the sessions of a site come up, as grix status says there" soon 40 established

hands_back() {
	local status=0
	lab/exec fra sh -c 'head -c 100000 /dev/zero | tr "\0" "\377"; echo wrong >&2; exit 7' >"$LAB_TMP/out" 2>"$LAB_TMP/err" || status=$?
	same "exit status" 7 $status
	same "bytes" "$(head -c 100000 /dev/zero | tr '\0' '\377' | sha256sum)" "$(sha256sum <"$LAB_TMP/out")"
	same "stderr" wrong "$(<"$LAB_TMP/err")"
}
it "lab/exec hands back output, errors and exit status" hands_back

at_once() {
	lab/exec ams sleep 2 &
	local first=$! start=$SECONDS
	lab/exec fra sleep 2
	wait $first
	((SECONDS - start < 4)) || fail "it took $((SECONDS - start)) s"
}
it "two commands run at the same time" at_once

no_site() {
	local status=0
	lab/exec xyz true 2>"$LAB_TMP/err" || status=$?
	same "exit status" 64 $status
	grep -q 'no such site: xyz' "$LAB_TMP/err" || fail "$(<"$LAB_TMP/err")"
}
it "a site that is not there is named" no_site

ends() {
	local vm
	vm=$(<"$GRIX_LAB_STATE/vm.pid")
	lab/down 2>"$LAB_TMP/down" || fail "$(<"$LAB_TMP/down")"
	! kill -0 "$vm" 2>/dev/null || fail "lab/vm still runs"
	[[ ! -e $GRIX_LAB_STATE ]] || fail "$GRIX_LAB_STATE is still there"
	same "lab/down again says" "down: nothing is up" "$(lab/down 2>&1)"
	! lab/exec ams true 2>/dev/null || fail "lab/exec still runs commands"
}
it "lab/down ends all of it" ends
done_testing
