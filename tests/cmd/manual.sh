#!/bin/bash
# manual.sh - grix(1) names every verb and option of the table, and no other
. "$(dirname "$0")/tap.sh"
page=../../docs/man/grix.1
run help --json
cp "$tmp/out" "$tmp/tables"
synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' $page)

# The lines of the synopsis that belong to one verb: up to the next .Nm.
of_verb() { awk -v verb="$1" '/^\.Nm/ {on = 0} $1 == ".Cm" && $2 == verb {on = 1} on' <<<"$synopsis"; }

while read -r verb; do
	of_verb "$verb" | grep -q . || fault "$verb is not in SYNOPSIS"
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh ENVIRONMENT/p' $page | grep -q "^\.It Cm $verb\b" || fault "$verb is not described"
	want=$(jq -r --arg v "$verb" '.verbs[] | select(.verb == $v) | .options[].option' "$tmp/tables" | sort)
	have=$(of_verb "$verb" | grep -oE 'Fl \\-[a-z-]+' | sed 's/Fl \\-//' | sort)
	[[ $want == "$have" ]] || fault "the table has: $want; SYNOPSIS has: $have"
	it "the_synopsis_of_${verb}_is_that_of_the_table"
done < <(jq -r '.verbs[].verb' "$tmp/tables")

want=$(jq -r '.verbs[].verb' "$tmp/tables" | sort)
have=$(grep -oE '^\.Cm [a-z]+' <<<"$synopsis" | cut -d' ' -f2 | sort)
[[ $want == "$have" ]] || fault "the table has: $want; SYNOPSIS has: $have"
it "the_page_has_no_other_verbs"

options=$(sed -n '/^The options are/,/^\.Ss JSON/p' $page)
while read -r option letter; do
	entry="^\\.It Fl "
	[[ $letter == - ]] || entry+="$letter , Fl "
	grep -qE "$entry\\\\-$option( |\$)" <<<"$options" || fault "--$option ($letter) is not described"
done < <(jq -r '.verbs[].options[] | "\(.option) \(.letter // "-")"' "$tmp/tables" | sort -u)
have=$(grep -oE '^\.It Fl .*' <<<"$options" | grep -oE '\\-[a-z-]+' | sed 's/\\-//' | sort)
want=$({ echo help && jq -r '.verbs[].options[].option' "$tmp/tables"; } | sort -u)
[[ $want == "$have" ]] || fault "the table has: $want; the page has: $have"
it "the_page_describes_every_option_with_its_letter"

while read -r verb; do
	run "$verb" --help
	while read -r option; do
		out_has "--$option( |\$)"
	done < <(jq -r --arg v "$verb" '.verbs[] | select(.verb == $v) | .options[].option' "$tmp/tables")
done < <(jq -r '.verbs[].verb' "$tmp/tables")
it "help_names_every_option_of_the_table"

if command -v mandoc >/dev/null; then
	# pages of grix itself are found only once they are installed
	mandoc -T lint -W style $page 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db' >"$tmp/lint"
	[[ ! -s $tmp/lint ]] || fault "$(<"$tmp/lint")"
	it "the_page_is_clean_mdoc"
else
	cannot "the_page_is_clean_mdoc" "mandoc is not installed"
fi
readme=../../README.md
while read -r verb; do
	grep -q "grix $verb" $readme || fault "README.md does not name $verb"
done < <(jq -r '.verbs[].verb' "$tmp/tables")
it "the_readme_names_every_verb"
run plan ../../peers
sed -n '/^\$ grix plan peers$/,/^```$/p' $readme | sed '1d;$d' >"$tmp/shown"
diff -u "$tmp/shown" "$tmp/out" >"$tmp/diff" || fault "$(<"$tmp/diff")"
it "the_readme_shows_the_plan_of_the_demo_as_it_is"
end
