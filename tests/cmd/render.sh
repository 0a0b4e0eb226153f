#!/bin/bash
# render.sh - BIRD's configuration, printed and written, read by BIRD itself
. "$(dirname "$0")/tap.sh"
sites="ams fra nyc-broadway-25-floor-19 tyo osl"
bird=$(PATH=$PATH:/usr/sbin command -v bird)

bird_reads() { "$bird" -p -c "$1" >"$tmp/bird" 2>&1 && [[ ! -s $tmp/bird ]] || fault "$1: $(<"$tmp/bird")"; }

if [[ $bird ]]; then
	for site in $sites; do
		run render bird peers --site $site --standalone
		exits 0
		silent
		cp "$tmp/out" "$tmp/bird.conf"
		bird_reads "$tmp/bird.conf"
	done
	it "bird_reads_the_whole_file_of_every_site"
	for site in $sites; do
		run render bird peers --site $site -o "$tmp/$site"
		exits 0
		run render bird peers --site $site --standalone --include "$tmp/$site" -o "$tmp/conf-$site"
		exits 0
		bird_reads "$tmp/conf-$site/bird.conf"
	done
	it "bird_reads_the_folder_that_bird_conf_includes"
else
	cannot "bird_reads_what_is_rendered" "BIRD is not installed"
fi

run render bird peers --site fra
cp "$tmp/out" "$tmp/first"
run render bird peers --site fra
cmp -s "$tmp/out" "$tmp/first" || fault "two runs differ"
out_has '^# --- 00-shared.conf ---$'
it "the_same_list_gives_the_same_bytes"

run render bird peers --site fra --json
json '.ok and ([.files[].name] == ["00-shared.conf", "10-own.conf", "peer-ams.conf", "peer-nyc_broadway_25_floor_19.conf", "peer-tyo.conf"]) and all(.files[]; (.name | endswith(".conf")) and (.text | length) > 0)'
it "files_are_json_when_asked"

rm -rf "$tmp/fra"
run render bird peers --site fra -o "$tmp/fra"
exits 0
silent
[[ $(grep -c '^wrote ' "$tmp/out") == $(ls "$tmp/fra" | wc -l) ]] || fault "told $(<"$tmp/out"), made $(ls "$tmp/fra")"
cp -r peers "$tmp/less"
sed -i 's/peer_with = \[ 64501 \]/peer_with = [ ]/' "$tmp/less/charlie.cfg"
echo mine | tee "$tmp/fra/my-own.conf" >"$tmp/fra/peer-of-mine.conf"
run render bird "$tmp/less" --site fra -o "$tmp/fra"
exits 0
out_has '^removed .*/peer-tyo.conf$'
[[ ! -e $tmp/fra/peer-tyo.conf && -e $tmp/fra/my-own.conf && -e $tmp/fra/peer-of-mine.conf && -e $tmp/fra/peer-ams.conf ]] || fault "$(ls "$tmp/fra")"
it "the_file_of_a_peer_that_left_goes_and_others_stay"

echo mine >"$tmp/fra/10-own.conf"
run render bird peers --site fra -o "$tmp/fra"
exits 1
one_line
err_has '10-own.conf is there already and is not replaced'
[[ $(<"$tmp/fra/10-own.conf") == mine ]] || fault "replaced all the same"
it "a_file_that_is_not_ours_is_not_replaced"
run render bird peers --site fra --standalone -o "$tmp/whole"
exits 0
run render bird peers --site fra --standalone -o "$tmp/whole"
exits 0
echo "# my change" >>"$tmp/whole/bird.conf"
run render bird peers --site fra --standalone -o "$tmp/whole"
exits 1
err_has 'bird.conf is there already'
[[ $(tail -n 1 "$tmp/whole/bird.conf") == "# my change" ]] || fault "replaced all the same"
it "nor_is_a_bird_conf_that_somebody_may_have_changed"

run render bird peers --site fra -o "$tmp/first"
exits 1
one_line
it "a_file_in_place_of_the_folder_is_told"
run render bird peers --site fra -o /proc/grix
exits 1
one_line
it "a_folder_that_cannot_be_made_is_told"
end
