#!/bin/bash
# The bench of the agent with a handful of links, so that it does not rot.
. tests/lab/case.sh
runs() {
	local figures
	figures=$(tests/bench/bench_agent.sh "$GRIX_BUILD" 5 2 2>&1) || fail "$figures"
	[[ $figures == *"5 links, 5 up, a keepalive each 1s: "*"5 links, 5 up, a keepalive each 100ms: "*" answered, "* ]] || fail "$figures"
}
it "the bench of the agent runs" runs
done_testing
