#!/bin/sh
# What is read here goes to a task's stdin, also one of an executor.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1
crew=$PWD/tests/system/crew

is "mezzo run -i gives a task our input, to its end" \
	"$(printf 'a\nb\nc\n' | timeout 60 mezzo run -i -- wc -l)" 3
is "without it, that is empty" \
	"$(printf 'a\nb\n' | timeout 60 mezzo run -- wc -l)" 0
head -c 5000000 /dev/zero | tr '\0' x | timeout 60 mezzo run -i -- sha256sum \
	>"$tmp/sum" 2>&1
is "5 MB arrive as they are" "$(cat "$tmp/sum")" \
	"$(head -c 5000000 /dev/zero | tr '\0' x | sha256sum)"
is "one that reads none of it ends all the same" \
	"$(yes | timeout 60 mezzo run -i -- echo done 2>"$tmp/err")" done
timeout 60 mezzo run -i --instances 2 -- cat </dev/null >"$tmp/out" 2>&1
is "several cannot have it" $? 2
is "nor can one without an input be written to" "$(timeout 60 mezzo run -- \
	sh -c 'read -r line || echo empty' </dev/null)" empty

# A task of an executor: a guest with a ticket of its framework writes to it.
out=$(timeout 60 "$crew" 1 input some words 2>&1)
has "an executor's task is written to" "$out" "crew.0: exit 0"
has "and what it writes is its own output" "$out" "output: some words"
