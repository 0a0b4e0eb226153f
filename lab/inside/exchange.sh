# exchange - the exchange of a peer list, running in this kernel. Source it, do not run it.
# Needs root, a network namespace of its own, and grix, grix-agent, at in PATH.
#   $lab/peers      the list all agents read        $lab/plan.json   its plan
#   $lab/SITE/      bird.conf, generated/ (BIRD's files), state/, agent.log, bird.log, *.pid,
#                   grix/ and bird/ (at this site: /run/grix and /run/bird)
lab=/run/grix-lab
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
sites=()

# Waits without a process.
rest() { read -rt "$1" <>"$lab/.nothing" || true; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

exchange_plan() {
	mkdir -p "$lab" /run/grix /run/bird
	[[ -p $lab/.nothing ]] || mkfifo "$lab/.nothing"
	cp -rT "$1" "$lab/peers"
	grix plan "$lab/peers" --json >"$lab/plan.json" || return
	mapfile -t sites < <(jq -r '.sites[].site' "$lab/plan.json")
}

exchange_site() {
	local dir=$lab/$1
	mkdir -p "$dir/grix" "$dir/bird" "$dir/generated" "$dir/state"
	grix render bird "$lab/peers" --site "$1" --standalone --include "$dir/generated" >"$dir/bird.conf"
}

bird_start() { at "$1" bird -c "$lab/$1/bird.conf" -P "$lab/$1/bird.pid" 2>>"$lab/$1/bird.log"; }
bird_kill() { kill -"$2" "$(<"$lab/$1/bird.pid")"; }

agent_start() {
	local dir=$lab/$1
	shift
	at "${dir##*/}" grix-agent --peers "$lab/peers" --site "${dir##*/}" --state "$dir/state" \
		--bird-dir "$dir/generated" "$@" >>"$dir/agent.log" 2>&1 </dev/null &
	echo $! >"$dir/agent.pid"
	disown
}
agent_kill() { kill -"$2" "$(<"$lab/$1/agent.pid")"; }

exchange_up() {
	local site
	exchange_plan "$1" || return
	"$here/internet" "$lab/plan.json"
	for site in "${sites[@]}"; do
		exchange_site "$site" && bird_start "$site" && agent_start "$site" || return
	done
}

# What every agent says, an array; an agent that does not answer is {"site": ..., "error": ...}.
statuses() {
	local site
	for site in "${@:-${sites[@]}}"; do
		grix status --json --socket "$lab/$site/grix/$site.sock" 2>/dev/null ||
			printf '{"site":"%s","error":"no answer"}\n' "$site"
	done | jq -cs .
}

all_up='all(.[]; (.links | type) == "array" and (.links | length) > 0 and
	all(.links[]; .state == "up" and all(.bgp[] | values; .state == "Established")))'

# exchange_wait SECONDS: until every link is up and every session Established, at every site.
exchange_wait() {
	local end=$(($(now_ms) + $1 * 1000))
	until statuses | jq -e "$all_up" >/dev/null; do
		(($(now_ms) < end)) || return 1
		rest 0.3
	done
}
