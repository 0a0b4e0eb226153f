#!/bin/bash
# usage.sh - what a wrong command line is told: one line, exit 64
. "$(dirname "$0")/tap.sh"

wrong() { # wrong SENTENCE MESSAGE ARGS...
	local sentence=$1 message=$2
	shift 2
	run "$@"
	exits 64
	says ""
	complains "$message"
	it "$sentence"
}

wrong "a_control_character_reaches_no_terminal" \
	'grix plan: unknown option --si?[31m? (see: grix plan --help)' plan $'--si\e[31m\n'
wrong "nor_does_one_in_a_verb" 'grix: unknown verb "?[2Jfrobnicate" (see: grix help)' $'\e[2Jfrobnicate'
run
exits 64
says ""
err_has '^usage: grix VERB'
it "no_verb_gives_the_list_of_verbs_on_stderr"

wrong "a_misspelt_verb_is_answered_with_the_nearest" \
	'grix: unknown verb "plna", did you mean "plan"? (see: grix help)' plna peers
wrong "a_strange_verb_is_answered_with_the_way_to_the_list" \
	'grix: unknown verb "frobnicate" (see: grix help)' frobnicate
wrong "an_empty_verb_is_refused" 'grix: unknown verb "" (see: grix help)' ''
wrong "a_misspelt_option_is_answered_with_the_nearest" \
	'grix plan: unknown option --sit, did you mean --site? (see: grix plan --help)' plan peers --sit ams
wrong "swapped_letters_are_seen" \
	'grix apply: unknown option --dyr-run, did you mean --dry-run? (see: grix apply --help)' apply peers --dyr-run
wrong "an_option_is_not_abbreviated_but_named" \
	'grix render: unknown option --stand, did you mean --standalone? (see: grix render --help)' render bird peers --stand
wrong "an_option_of_another_verb_is_refused" \
	'grix plan: --force is for other verbs (see: grix plan --help)' plan peers --force
wrong "an_unknown_letter_is_refused" 'grix status: unknown option -q (see: grix status --help)' status -q
wrong "a_missing_value_is_asked_for" \
	'grix diff: --site needs a value, write --site SITE (see: grix diff --help)' diff peers --site
wrong "an_option_is_not_taken_as_a_value" \
	'grix diff: --site needs a value, write --site SITE (see: grix diff --help)' diff peers --site --json
wrong "an_empty_value_is_refused" \
	'grix diff: --site is empty, write --site SITE (see: grix diff --help)' diff peers --site=
wrong "a_value_for_a_flag_is_refused" \
	'grix plan: --json takes no value (see: grix plan --help)' plan peers --json=1
wrong "an_option_with_a_value_is_given_once" \
	'grix apply: --site is given twice, give it once (see: grix apply --help)' apply peers -s ams --site=fra
wrong "include_without_standalone_is_refused" \
	'grix render: --include belongs to --standalone, give both' render bird peers -s ams --include /etc/bird/grix
wrong "a_quote_does_not_get_into_bird_conf" \
	'grix render: --include: a folder with a quote or a control character in its name cannot stand in bird.conf, take another' \
	render bird peers -s ams --standalone --include '/x"; protocol'
wrong "what_cannot_be_rendered_is_told" \
	'grix render: cannot render "brid", write bird (see: grix render --help)' render brid peers -s ams
wrong "help_knows_the_nearest_verb" 'grix help: unknown verb "aply", did you mean "apply"?' help aply

for verb in check plan diff apply; do
	wrong "${verb}_without_a_peer_list_asks_for_one" \
		"grix $verb: PEERS is missing: the peer list: a folder of *.cfg files, or one file (see: grix $verb --help)" $verb
	wrong "${verb}_takes_one_peer_list" \
		"grix $verb: unexpected word \"more\" (see: grix $verb --help)" $verb peers more
done
wrong "render_without_a_peer_list_asks_for_one" \
	"grix render: PEERS is missing: the peer list: a folder of *.cfg files, or one file (see: grix render --help)" render bird
for verb in diff apply "render bird"; do
	wrong "${verb// /_}_without_a_site_asks_for_it" \
		"grix ${verb% *}: --site SITE is missing: the site that this host is (see: grix ${verb% *} --help)" $verb peers
done
wrong "down_without_a_site_asks_for_it" \
	"grix down: --site SITE is missing: the site whose tunnels go (see: grix down --help)" down
for verb in status version; do
	wrong "${verb}_takes_no_words" "grix $verb: unexpected word \"more\" (see: grix $verb --help)" $verb more
done
wrong "help_explains_one_verb" 'grix help: unexpected word "apply" (see: grix help --help)' help plan apply

run --help
exits 0
silent
golden help
it "help_lists_the_verbs"

for verb in check plan diff apply down render status version help; do
	run help $verb
	cp "$tmp/out" "$tmp/by-help"
	run $verb --help
	exits 0
	silent
	out_has "^usage: grix $verb"
	cmp -s "$tmp/out" "$tmp/by-help" || fault "help $verb says something else"
	[[ $(wc -L <"$tmp/out") -le 80 ]] || fault "wider than 80 columns"
	it "${verb}_explains_itself"
done

run plan --help --site
exits 64
it "a_wrong_option_is_told_even_beside_help"

run version
exits 0
out_has '^grix [0-9]+\.[0-9]+\.[0-9]+$'
it "the_version_is_one_line"
run version --json
json '.version | test("^[0-9.]+$")'
it "the_version_is_json_when_asked"
end
