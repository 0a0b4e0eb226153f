#!/bin/bash
# status.sh - the answer of an agent as table, as JSON, as an exit code
. "$(dirname "$0")/tap.sh"

# An agent that gives the same answer to everybody.
cat >"$tmp/agent.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    c, _ = s.accept()
    try:
        c.recv(100)
        c.sendall(open(sys.argv[2], "rb").read())
    except OSError:
        pass
    c.close()
PY
agents=
serve() { # serve SOCKET ANSWER
	python3 "$tmp/agent.py" "$1" "$2" &
	agents+=" $!"
	for _ in {1..100}; do
		[[ -S $1 ]] && return
		sleep 0.1
	done
	fault "the stand-in for an agent did not start"
}
trap 'kill $agents 2>/dev/null; rm -rf "$tmp"' EXIT

serve "$tmp/well.sock" status/well.json
run status --socket "$tmp/well.sock"
exits 0
silent
golden status-well
it "the_answer_is_a_table"
run status --socket "$tmp/well.sock" --json
exits 0
cmp -s "$tmp/out" status/well.json || fault "not the agent's own words: $(<"$tmp/out")"
it "the_answer_is_passed_on_as_it_came_when_json_is_asked"
run status --socket "$tmp/well.sock" --check
exits 0
it "check_exits_with_0_when_all_is_well"

serve "$tmp/down.sock" status/down.json
run status --socket "$tmp/down.sock" --check
exits 2
golden status-down
it "check_exits_with_2_when_something_is_down"
run status --socket "$tmp/down.sock"
exits 0
it "without_check_it_is_an_answer_like_any_other"

run status --socket "$tmp/none.sock"
exits 69
says ""
one_line
err_has 'none.sock'
it "no_agent_is_told_and_exits_with_69"
run status --socket "$tmp/none.sock" --json
exits 69
json '.ok == false and (.error | length) > 0'
it "no_agent_is_told_in_json_when_asked"

head -c 100 status/well.json >"$tmp/cut.json"
serve "$tmp/cut.sock" "$tmp/cut.json"
run status --socket "$tmp/cut.sock"
exits 69
says ""
one_line
it "half_an_answer_is_none"
: >"$tmp/empty.json"
serve "$tmp/empty.sock" "$tmp/empty.json"
run status --socket "$tmp/empty.sock"
exits 69
one_line
it "an_empty_answer_is_none"

code=0
timeout -s INT 3 "$grix" status --watch --socket "$tmp/well.sock" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
[[ $(grep -c '^PEER' "$tmp/out") -ge 2 ]] || fault "not one answer a second: $(<"$tmp/out")"
! grep -q $'\e' "$tmp/out" || fault "terminal sequences in a file"
it "watch_into_a_file_gives_an_answer_a_second"

# script(1) gives grix a terminal; q comes after one and a half seconds.
code=0
{ sleep 1.5 && printf q && sleep 1; } |
	TERM=xterm timeout 20 script -qec "'$grix' status --watch --socket '$tmp/well.sock'" /dev/null >"$tmp/out" 2>"$tmp/err" || code=$?
exits 0
[[ $(grep -c 'PEER' "$tmp/out") -ge 2 ]] || fault "not drawn every second"
[[ $(tail -c 100 "$tmp/out") == *$'\e[?25h\e[?1049l'* ]] || fault "the terminal was not given back"
it "watch_on_a_terminal_draws_until_q_and_gives_it_back"
end
