#!/bin/bash
# The agent is killed at any moment, restarted, stopped, short of disk: tunnels and sessions do not notice.
# seconds: 300
. tests/lab/three.sh
three_up

events_during() { # COMMAND...: what the kernel of ams reports meanwhile
	local monitor
	at ams ip monitor link address route >"$LAB_TMP/monitor" 2>&1 &
	monitor=$!
	rest 0.3
	"$@"
	rest 1
	kill "$monitor"
	cat "$LAB_TMP/monitor"
}

stops() {
	local tunnels sessions
	tunnels=$(indexes ams) sessions=$(established_since fra)
	same "events" "" "$(events_during agent_kill ams TERM)"
	soon 5 sh -c "! kill -0 $(<"$lab/ams/agent.pid") 2>/dev/null"
	same "tunnels" "$tunnels" "$(indexes ams)"
	same "sessions Established at ams" 4 "$(at ams birdc show protocols | grep -c Established)"
	rest 2
	same "sessions, as fra sees them" "$sessions" "$(established_since fra)"
}
it "a stopped agent leaves tunnels and sessions as they are" stops

restarts() { agent_start ams; soon 20 says ams 'all(.links[]; .state == "up")'; }
restart_writes_nothing() {
	local tunnels sessions
	tunnels=$(indexes ams) sessions=$(established_since fra)
	same "events" "" "$(events_during restarts)"
	same "tunnels" "$tunnels" "$(indexes ams)"
	same "sessions, as fra sees them" "$sessions" "$(established_since fra)"
}
it "a restarted agent with nothing to do writes nothing" restart_writes_nothing

twice() {
	local status=0
	at ams timeout 10 grix-agent --peers "$lab/peers" --site ams --state "$lab/ams/state" --bird-dir "$lab/ams/generated" \
		>"$LAB_TMP/out" 2>&1 || status=$?
	((status != 0 && status != 124)) || fail "exit status $status: $(<"$LAB_TMP/out")"
	soon 5 says ams 'all(.links[]; .state == "up")'
}
it "a second agent for the same site is refused, the first goes on" twice

# The tunnels are taken away and the agent is killed ever later while it makes them again.
killed_at() {
	local moment
	for moment in 0 0.01 0.02 0.04 0.06 0.09 0.13 0.2 0.3; do
		agent_kill ams KILL
		at ams ip -batch - <<-END
			link delete gx-fra
			link delete gx-nyc
		END
		agent_start ams
		rest "0.1"
		rest "$moment"
	done 2>/dev/null
	agent_kill ams KILL 2>/dev/null
	agent_start ams
	soon 150 everything_up
	same "tunnels at ams" "gx-fra gx-nyc" "$(indexes ams | cut -d' ' -f1 | paste -sd' ')"
	same "problems" "[]" "$(shows ams .kernel.problems)"
}
it "killed at any moment while it makes tunnels, the next start converges" killed_at

apply_killed() {
	local moment
	agent_kill ams TERM
	for moment in 0.02 0.03 0.04 0.05 0.06 0.08 0.1; do
		at ams grix down --site ams >/dev/null 2>&1
		at ams grix apply "$lab/peers" --site ams >/dev/null 2>&1 &
		rest "$moment"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		at ams grix apply "$lab/peers" --site ams >"$LAB_TMP/apply" 2>&1 || fail "after $moment s: $(<"$LAB_TMP/apply")"
		at ams grix diff "$lab/peers" --site ams >"$LAB_TMP/diff" 2>&1 || fail "after $moment s: $(<"$LAB_TMP/diff")"
		same "tunnels at ams" "gx-fra gx-nyc" "$(indexes ams | cut -d' ' -f1 | paste -sd' ')"
	done
	agent_start ams
	soon 150 everything_up
}
it "grix apply killed at any moment is finished by the next" apply_killed

disk() { # OPTIONS: ams restarts with its state and BIRD folders on a file system mounted so
	mkdir -p "$lab/ams/small"
	mount -t tmpfs -o "$1" small "$lab/ams/small"
	mkdir -p "$lab/ams/small/state" 2>/dev/null
}

disk_full() {
	local tunnels
	tunnels=$(indexes ams)
	agent_kill ams TERM
	disk size=16k
	dd if=/dev/zero of="$lab/ams/small/filler" bs=4k 2>/dev/null
	at ams grix-agent --peers "$lab/peers" --site ams --state "$lab/ams/small/state" --bird-dir "$lab/ams/generated" \
		>"$lab/ams/agent.log" 2>&1 </dev/null &
	echo $! >"$lab/ams/agent.pid"
	soon 20 says ams 'all(.links[]; .state == "up")'
	soon 20 grep -qi 'no space' "$lab/ams/agent.log"
	same "tunnels" "$tunnels" "$(indexes ams)"
	sed -i 's/name = "Member of nyc"/name = "Another of nyc"/' "$lab/peers/nyc.cfg"
	agent_kill ams HUP
	soon 20 grep -rq 'Another of nyc' "$lab/ams/generated/"
	soon 20 everything_up
}
it "a full disk under the state folder is named, and the agent works on" disk_full

generated_full() {
	local before
	before=$(cat "$lab/ams/generated"/* | sha256sum)
	agent_kill ams TERM
	soon 5 sh -c "! kill -0 $(<"$lab/ams/agent.pid") 2>/dev/null"
	rm "$lab/ams/small/filler"
	umount "$lab/ams/small"
	disk size=64k
	mkdir "$lab/ams/small/bird"
	dd if=/dev/zero of="$lab/ams/small/filler" bs=4k 2>/dev/null
	at ams grix-agent --peers "$lab/peers" --site ams --state "$lab/ams/state" --bird-dir "$lab/ams/small/bird/generated" \
		>"$lab/ams/agent.log" 2>&1 </dev/null &
	echo $! >"$lab/ams/agent.pid"
	soon 20 says ams '.bird.files != "current" and all(.links[]; .state == "up")'
	soon 5 grep -qi 'no space' "$lab/ams/agent.log"
	same "sessions Established at ams" 4 "$(at ams birdc show protocols | grep -c Established)"
	agent_kill ams TERM
	soon 5 sh -c "! kill -0 $(<"$lab/ams/agent.pid") 2>/dev/null"
	same "files of BIRD" "$before" "$(cat "$lab/ams/generated"/* | sha256sum)"
	umount "$lab/ams/small"
	agent_start ams
	soon 40 everything_up
}
it "a full disk under BIRD's folder is named, and sessions stay" generated_full

read_only() {
	agent_kill ams TERM
	soon 5 sh -c "! kill -0 $(<"$lab/ams/agent.pid") 2>/dev/null"
	disk size=64k
	mount -o remount,ro "$lab/ams/small"
	at ams grix-agent --peers "$lab/peers" --site ams --state "$lab/ams/small/state" --bird-dir "$lab/ams/generated" \
		>"$lab/ams/agent.log" 2>&1 </dev/null &
	echo $! >"$lab/ams/agent.pid"
	soon 20 says ams 'all(.links[]; .state == "up")'
	soon 5 grep -qi 'read-only' "$lab/ams/agent.log"
	soon 20 everything_up
}
it "a read-only state folder is named, and the agent works on" read_only

clock_steps() {
	local before now
	before=$(established_since fra)
	now=$EPOCHSECONDS
	date -s "@$((now + 3600))" >/dev/null || skip "the clock cannot be set here"
	rest 3
	same "links up" true "$(shows ams 'all(.links[]; .state == "up")')"
	date -s "@$((EPOCHSECONDS - 7200))" >/dev/null
	rest 3
	same "links up" true "$(shows ams 'all(.links[]; .state == "up")')"
	date -s "@$((EPOCHSECONDS + 3600))" >/dev/null
	everything_up || fail "$(shows ams .links)"
}
[[ $(readlink -f /proc/1/exe) != */bash ]] || it "a clock stepped by an hour moves no link" clock_steps
done_testing
