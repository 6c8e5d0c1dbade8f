# Copyright (c) 2026 The applikatonid authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# Completion of toni(1) for bash: options, the targets of .toni.yml, branches
# and commits of git.

# One name a line.  compgen -W would expand them, and they are others' words:
# a tag $(command) must not run it, neither here nor when the line is entered.
_toni_reply()
{
	local name

	while IFS= read -r name; do
		if [[ $name == "$1"* ]]; then
			printf -v name %q "$name"
			COMPREPLY+=("$name")
		fi
	done
}

_toni_targets()
{
	# Without a target toni names those that there are, and does nothing.
	toni 2>&1 </dev/null | sed '1,/^Targets configured/d'
}

_toni_refs()
{
	git for-each-ref --format='%(refname:short)' "$@" 2>/dev/null
}

_toni()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}

	COMPREPLY=()
	case $before in
	-t|--t)
		_toni_reply "$word" < <(_toni_targets) ;;
	-b|--b)
		_toni_reply "$word" < <(_toni_refs refs/heads) ;;
	-c|--c)
		_toni_reply "$word" < <(_toni_refs refs/heads refs/tags) ;;
	-m|--m|-w|--w|-k|--k)
		;;
	*)
		_toni_reply "$word" < <(printf '%s\n' \
		    -t -m -c -b -d -n -w -l -k -q -j -h -v) ;;
	esac
}

complete -F _toni toni
