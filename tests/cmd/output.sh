#!/bin/bash
# output.sh - nobody reads, the disk is full, stdout is closed
. "$(dirname "$0")/tap.sh"

"$grix" plan peers 2>"$tmp/err" | head -n 1 >"$tmp/out"
silent
[[ -s $tmp/out ]] || fault "nothing came"
it "a_reader_that_goes_early_is_no_error"
"$grix" plan peers --json 2>"$tmp/err" | head -c 1 >"$tmp/out"
silent
it "nor_is_it_for_json"

for call in "plan peers" "plan peers --json" "check peers" "check peers --json" "help" "version" \
	"render bird peers --site ams" "plan peers --against peers --json"; do
	code=0
	"$grix" $call >/dev/full 2>"$tmp/err" || code=$?
	: >"$tmp/out"
	exits 1
	complains "grix: cannot write the output: No space left on device"
done
it "a_full_disk_is_told_and_exits_with_1"

for call in "plan peers" "version" "check peers --json"; do
	code=0
	"$grix" $call >&- 2>"$tmp/err" || code=$?
	exits 1
	complains "grix: cannot write the output: Bad file descriptor"
done
it "a_closed_stdout_is_told_and_exits_with_1"

code=0
"$grix" check "$tmp/none" >"$tmp/out" 2>&- || code=$?
exits 65
code=0
"$grix" plan peers 0<&- >"$tmp/out" 2>"$tmp/err" || code=$?
exits 0
silent
it "closed_stdin_and_stderr_do_no_harm"

TERM=xterm "$grix" plan peers >"$tmp/out"
! grep -q $'\e' "$tmp/out" || fault "colour in a file"
it "a_file_gets_no_colour"
end
