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

_toni_targets()
{
	# Without a target toni names those that there are, and does nothing.
	toni 2>&1 | sed '1,/^Targets configured/d'
}

_toni()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local words=

	case $before in
	-t|--t)
		words=$(_toni_targets) ;;
	-b|--b)
		words=$(git for-each-ref --format='%(refname:short)' \
		    refs/heads 2>/dev/null) ;;
	-c|--c)
		words=$(git for-each-ref --format='%(refname:short)' \
		    refs/heads refs/tags 2>/dev/null) ;;
	-m|--m|-w|--w|-k|--k)
		;;
	*)
		words='-t -m -c -b -d -n -w -l -k -q -j -h -v' ;;
	esac
	local IFS=$' \t\n'
	COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -F _toni toni
