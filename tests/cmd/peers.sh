#!/bin/bash
# peers.sh - what happens when PEERS is good, missing, empty, or wrong; the same in every verb
. "$(dirname "$0")/tap.sh"

run check peers
exits 0
silent
golden check
it "a_good_list_is_summed_up"
run check --json peers
exits 0
json '.ok and .fabric == "test-ix" and .members == 4 and .sites == 5 and .links == 6 and .faults == []'
it "a_good_list_is_summed_up_as_json"

# The folder in one file: the same list.
{
	cat peers/fabric.cfg
	echo "members = ("
	sed -s -e 's/^member = //' -e '$s/;$/,/' peers/[abcd]*.cfg | sed '$s/,$//'
	echo ");"
} >"$tmp/one.cfg"
run plan peers
cp "$tmp/out" "$tmp/of-folder"
run plan "$tmp/one.cfg"
exits 0
cmp -s "$tmp/out" "$tmp/of-folder" || fault "$(diff "$tmp/out" "$tmp/of-folder")"
it "one_file_holds_the_same_list_as_a_folder"

bad() { # bad SENTENCE PATTERN PATH: refused by every verb, in one way
	local sentence=$1 pattern=$2 path=$3
	for verb in check plan "diff --site ams" "apply --site ams" "down --site ams" "render bird --site ams"; do
		[[ $verb == "down --site ams" && ! -r /proc/net/dev ]] && continue
		run $verb "$path"
		exits 65
		says ""
		err_has "$pattern"
		err_has '^[0-9]+ faults?( in [0-9]+ files?)?; nothing was changed$'
		run $verb "$path" --json
		exits 65
		json '.ok == false and (.faults | length) > 0 and all(.faults[]; has("file") and has("line") and has("where") and (.text | length) > 0)'
	done
	it "$sentence"
}

bad "a_missing_folder_is_named" 'no/such/folder' "$tmp/no/such/folder"
cp -r peers "$tmp/linked"
ln -s /no/such/file.cfg "$tmp/linked/zulu.cfg"
bad "a_broken_symbolic_link_is_called_one" 'linked/zulu.cfg: is a symbolic link to /no/such/file.cfg, which does not exist$' "$tmp/linked"
mkdir "$tmp/empty"
bad "an_empty_folder_is_not_an_empty_exchange" "." "$tmp/empty"
: >"$tmp/nothing.cfg"
bad "an_empty_file_is_not_an_empty_exchange" "nothing.cfg" "$tmp/nothing.cfg"
head -c 4096 /dev/urandom >"$tmp/binary.cfg"
bad "a_binary_file_is_refused" "binary.cfg" "$tmp/binary.cfg"
mkfifo "$tmp/fifo"
bad "a_fifo_does_not_hang" "fifo" "$tmp/fifo"
head -c 150 "$tmp/one.cfg" >"$tmp/cut.cfg"
bad "a_cut_file_is_refused" "cut.cfg:" "$tmp/cut.cfg"

cp -r peers "$tmp/faulty"
sed -i 's/asn = 64503;/asn = "x"; polcy = "open";/' "$tmp/faulty/charlie.cfg"
sed -i 's/id = 2;/id = 1;/' "$tmp/faulty/alpha.cfg"
run check "$tmp/faulty"
exits 65
says ""
err_has 'charlie\.cfg:2: .*polcy.*policy'
err_has 'charlie\.cfg:2: .*asn'
err_has 'alpha\.cfg:[0-9]+: .*id'
err_has '^[0-9]+ faults in 2 files; nothing was changed$'
it "every_fault_is_told_in_one_run_with_file_and_line"

cp -r peers "$tmp/idle"
sed -i 's/^};/  links = ( { between = ( "osl", "tyo" );  enabled = false; } );\n};/' "$tmp/idle/fabric.cfg"
run check "$tmp/idle"
exits 0
silent
out_has 'note .*fabric.cfg:4: fabric: links: osl and tyo would not meet anyway: .*; the entry can go$'
run check "$tmp/idle" --json
exits 0
json '.ok and (.notes | length) == 1 and (.notes[0] | contains("osl and tyo"))'
it "an_entry_that_switches_nothing_off_is_a_note"
sed -i 's/enabled = false;/enabled = true;/' "$tmp/idle/fabric.cfg"
run check "$tmp/idle"
exits 65
says ""
err_has 'fabric.cfg:4: fabric: link 1: osl and tyo do not meet: .*, remove the entry$'
it "an_entry_for_two_who_do_not_meet_is_a_fault"
run check peers --json
json '.notes == []'
it "a_good_list_has_no_notes"

run check $'no\e[31mcolour'
exits 65
! grep -q $'\e' "$tmp/err" || fault "an escape sequence reached the terminal"
it "a_name_with_an_escape_sequence_is_shown_harmlessly"

for verb in "plan" "diff" "apply" "render bird"; do
	run $verb peers --site fro
	exits 64
	says ""
	one_line
	err_has "^grix ${verb% *}: .*fro.*fra"
	it "${verb// /_}_names_the_sites_near_a_misspelt_one"
done
end
