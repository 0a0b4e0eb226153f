#!/bin/bash
# lab/vm as its callers rely on it.
# where: host
. tests/lab/case.sh

hands_back() {
	local status=0
	lab/vm sh -c 'head -c 300000 /dev/zero | tr "\0" "\377"; echo wrong >&2; exit 7' >"$LAB_TMP/out" 2>"$LAB_TMP/err" || status=$?
	same "exit status" 7 $status
	same "bytes" "$(head -c 300000 /dev/zero | tr '\0' '\377' | sha256sum)" "$(sha256sum <"$LAB_TMP/out")"
	same "stderr" wrong "$(<"$LAB_TMP/err")"
}
it "output, errors and exit status come back whole" hands_back

same_place() {
	same "folder" "$PWD/tests" "$(cd tests && ../lab/vm pwd)"
	same "a variable" "one two" "$(WORDS="one two" lab/vm sh -c 'echo "$WORDS"')"
	same "arguments" "a b|*|" "$(lab/vm printf '%s|' 'a b' '*')"
}
it "working directory, environment and arguments are the caller's" same_place

time_is_up() {
	local status=0 start=$SECONDS
	lab/vm -t 5 sleep 60 2>"$LAB_TMP/err" || status=$?
	same "exit status" 124 $status
	((SECONDS - start < 15)) || fail "it took $((SECONDS - start)) s"
}
it "a command that does not end is ended" time_is_up

nothing_left() {
	local vm
	lab/vm sleep 60 >/dev/null 2>&1 &
	vm=$!
	sleep 3
	kill -TERM $vm
	wait $vm
	same "exit status" 143 $?
	same "folders left" "" "$(ls -d "$LAB_TMP"/grix-vm.* 2>/dev/null)"
}
export TMPDIR=$LAB_TMP
it "nothing is left when it is ended from outside" nothing_left

daemon() { lab/vm sh -c 'sleep 50 & echo started'; }
it "what the command leaves running ends with it" daemon
done_testing
