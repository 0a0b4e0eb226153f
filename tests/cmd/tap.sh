# tap.sh - sourced by the tests of the command line: run grix, look at what it said, answer in TAP.
#   $1 the program; GRIX_GOLDEN_WRITE=1 rewrites the golden files instead of comparing
# Every test is a sentence; what was wrong follows as a comment line.
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR
grix=$(readlink -f "$1")
[[ -x $grix ]] || {
	echo "Bail out! $1 is not there"
	exit 1
}
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$here" # so that paths in messages are short and always the same
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tests=0 wrong=0 why=

# grix ARGS...: leaves code, $tmp/out and $tmp/err
run() {
	code=0
	timeout 60 "$grix" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
}

fault() { why+="${1:0:1500}"$'\n'; }

# Conditions; each one that does not hold adds to why.
exits() { [[ $code == "$1" ]] || fault "exit $code instead of $1; stderr: $(<"$tmp/err")"; }
says() { [[ $(<"$tmp/out") == "$1" ]] || fault "stdout: $(<"$tmp/out")"; }
complains() { [[ $(<"$tmp/err") == "$1" ]] || fault "stderr: $(<"$tmp/err")"; }
out_has() { grep -qE -- "$1" "$tmp/out" || fault "no \"$1\" in stdout: $(<"$tmp/out")"; }
err_has() { grep -qE -- "$1" "$tmp/err" || fault "no \"$1\" in stderr: $(<"$tmp/err")"; }
one_line() { [[ $(wc -l <"$tmp/err") == 1 ]] || fault "not one line on stderr: $(<"$tmp/err")"; }
silent() { [[ ! -s $tmp/err ]] || fault "stderr: $(<"$tmp/err")"; }
# one document, for which the expression is true
json() { jq -es "length == 1 and (.[0] | ($1))" <"$tmp/out" >/dev/null 2>"$tmp/jq" || fault "not $1: $(head -c 2000 "$tmp/out") $(<"$tmp/jq")"; }
golden() {
	if [[ ${GRIX_GOLDEN_WRITE-} ]]; then
		cp "$tmp/out" "golden/$1.ok"
	else
		diff -u "golden/$1.ok" "$tmp/out" >"$tmp/diff" || fault "$(<"$tmp/diff")"
	fi
}

# it SENTENCE: ends a test that the conditions before it made up
it() {
	tests=$((tests + 1))
	if [[ $why ]]; then
		wrong=$((wrong + 1))
		echo "not ok $tests - $1"
		sed 's/^/# /' <<<"${why%$'\n'}"
	else
		echo "ok $tests - $1"
	fi
	why=
}

cannot() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

end() {
	echo "1..$tests"
	exit $((wrong > 0))
}
