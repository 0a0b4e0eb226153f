# case - named cases for lab tests in shell; README.md says how they are used. Source it, do not run it.
failed=0

# A case runs in a subshell: `fail` ends it, and what it changed in the shell is forgotten.
it() {
	local name=$1 why=$LAB_TMP/case.out status=0
	shift
	("$@") >"$why" 2>&1 || status=$?
	case $status in
	0) echo "ok - $name" ;;
	100) echo "ok - $name # SKIP $(tail -n 1 "$why")" ;;
	*)
		echo "not ok - $name"
		sed 's/^/#   /' "$why"
		failed=1
		;;
	esac
}

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 100
}

same() {
	[[ $2 == "$3" ]] || fail "$1: wanted '$2', got '$3'"
}

soon() {
	local seconds=$1 end
	end=$((${EPOCHREALTIME/./} + seconds * 1000000))
	shift
	until ("$@") >"$LAB_TMP/soon.out" 2>&1; do
		((${EPOCHREALTIME/./} < end)) || {
			tail -n 5 "$LAB_TMP/soon.out"
			fail "not seen within $seconds s: $*"
		}
		read -rt 0.1 <>"$LAB_TMP/.nothing" || true
	done
}

done_testing() { exit $failed; }

[[ -p $LAB_TMP/.nothing ]] || mkfifo "$LAB_TMP/.nothing"
